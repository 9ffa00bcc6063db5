// hostile.test.mjs - whatever an event says is text, and leaves the page intact
//
// A violation of the content security policy, a message on the console or a
// dialog of the browser fails each test by itself.
//
// Copyright (c) 2026 The diundash authors
// SPDX-License-Identifier: ISC

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { event } from './fleet.mjs';
import { card, section, shownImages, shows, source, test, until, undo, visible } from './harness.mjs';

const HTML = '<img src=x onerror=window.pwned=1><script>window.pwned=1</script>"\'&amp;`${1}';
const EMOJI = '👩🏽‍🚀🚀 ﷽ Z͑ͫ̓a̴l̷g̸o';
const RIGHT_TO_LEFT = 'שלום-עולם-\u202e\u2066مرحبا';
const LONG = 'long-'.repeat(50);

const whole = (text) => event(`example.org/${text}/${text}:${text}`.replaceAll(' ', '-'), {
  hostname: text, status: text, provider: text, platform: text, digest: text, mime_type: text,
  hub_link: `javascript:window.pwned=1//${text}`,
  metadata: { ctn_names: `${text},${text} two`, ctn_id: text, ctn_state: text, ctn_status: text },
});

const quiet = async (page) => {
  assert.equal(await page.evaluate(() => window.pwned), undefined);
  assert.equal(await page.locator('#list img, #list script, #list iframe, #list a[href^=javascript]').count(), 0);
};

const fits = async (page) => assert.ok(await page.evaluate(
  () => document.documentElement.scrollWidth <= document.documentElement.clientWidth), 'nothing sticks out');

/* No control of a card lies over another one, or outside of the card. */
async function intact(page, image) {
  const problems = await card(page, image).evaluate((node) => {
    const frame = node.getBoundingClientRect();
    const boxes = [...node.querySelectorAll('button, a')].filter((part) => part.checkVisibility())
      .map((part) => ({ name: part.className, box: part.getBoundingClientRect() }));
    const bad = [];
    boxes.forEach(({ name, box }, i) => {
      if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 1) bad.push(`${name} is outside`);
      for (const other of boxes.slice(i + 1)) {
        if (box.left < other.box.right - 1 && other.box.left < box.right - 1
          && box.top < other.box.bottom - 1 && other.box.top < box.bottom - 1) bad.push(`${name} over ${other.name}`);
      }
    });
    return bad;
  });
  assert.deepEqual(problems, []);
}

test('HTML, emoji, right-to-left text and 250 characters are shown as the text they are', async ({ server, fill, open }) => {
  const texts = [HTML, EMOJI, RIGHT_TO_LEFT, LONG];
  const events = await fill(texts.map(whole));
  const page = await open({ width: 360 });
  for (const width of [360, 768, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    await until(async () => (await shownImages(page)).length === 4, 'the list');
    await fits(page);
    for (const [i, text] of texts.entries()) {
      const { image } = events[i];
      await card(page, image).scrollIntoViewIfNeeded();
      await shows(card(page, image).locator('.hosts'), text.trim());
      await shows(card(page, image).locator('.containers'), `${text}, ${text} two`);
      assert.ok(await card(page, image).locator('a').isHidden());
      await intact(page, image);
      const [row] = await server.sql(`SELECT hostname FROM updates WHERE image = '${image.replaceAll("'", "''")}'`);
      assert.equal(row.hostname, text);
    }
    await quiet(page);
  }
});

test('a hostile image can be filed, acknowledged and found', async ({ server, fill, open }) => {
  const [{ image }] = await fill([whole(HTML)]);
  await server.call('POST', 'api/tags', { name: HTML });
  const page = await open();
  await card(page, image).locator('.more').click();
  await page.getByRole('menuitemradio', { name: HTML }).click();
  await until(async () => await server.tagOf(image) === HTML, 'the tag');
  await visible(section(page, HTML).locator(card(page, image)));
  await page.fill('#search', '<script>window');
  await visible(card(page, image));
  await card(page, image).locator('.tick').click();
  await until(() => server.acknowledged(image), 'the database');
  await undo(page).click();
  await until(async () => !await server.acknowledged(image), 'the database');
  await page.selectOption('#filter-tag', { label: HTML });
  await page.selectOption('#filter-host', { label: HTML });
  const other = await open({ where: new URL(page.url()).search });
  await visible(card(other, image));
  await section(page, HTML).locator('[data-do=rename]').click();
  assert.equal(await page.getByRole('textbox', { name: 'Name of the tag' }).inputValue(), HTML);
  await quiet(page);
  await quiet(other);
});

test('an image called like a property of every object is an image', async ({ fill, open }) => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
  await fill(names.map((name) => event(name)));
  const page = await open();
  await until(async () => (await shownImages(page)).sort().join() === [...names].sort().join(), 'the list');
});

test('filters from a hostile address are text', async ({ fill, open }) => {
  await fill([event('docker.io/library/nginx:1')]);
  const text = encodeURIComponent(HTML);
  const page = await open({ where: `?q=${text}&tag=${text}&host=${text}&status=${text}&sort=${text}` });
  await visible(page.getByText('Nothing matches'));
  assert.equal(await page.inputValue('#search'), HTML);
  await quiet(page);
});

test('the body with the longest values that Diun could send leaves the layout intact', async ({ server, open }) => {
  const body = JSON.parse(readFileSync(path.join(source, 't/data/payloads/long-values.json'), 'utf8'));
  await server.webhook(body);
  for (const width of [360, 1280]) {
    const page = await open({ width });
    const [image] = await until(async () => (await shownImages(page)).length && shownImages(page), 'the card');
    await fits(page);
    await intact(page, image);
  }
});
