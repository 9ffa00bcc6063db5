// keyboard.test.mjs - the page by keyboard and by screen reader
//
// Copyright (c) 2026 The diundash authors
// SPDX-License-Identifier: ISC

import assert from 'node:assert/strict';
import { event, fleet, sha } from './fleet.mjs';
import { card, hidden, shownImages, shows, test, until, visible } from './harness.mjs';

const focused = (page) => page.evaluate(() => document.activeElement.closest('.card')?.dataset.image ?? null);
const reaches = (page, image) => until(async () => await focused(page) === image, `the focus on ${image}`);

test('j and k walk through the images', async ({ fill, open }) => {
  await fill(fleet(6));
  const page = await open();
  const images = await shownImages(page);
  for (const image of images) {
    await page.keyboard.press('j');
    assert.equal(await focused(page), image);
    assert.ok(await card(page, image).evaluate((node) => getComputedStyle(node).outlineStyle !== 'none'));
  }
  await page.keyboard.press('j');
  assert.equal(await focused(page), images.at(-1));
  await page.keyboard.press('k');
  assert.equal(await focused(page), images.at(-2));
  const box = await card(page, images.at(-2)).boundingBox();
  assert.ok(box.y > 50 && box.y + box.height <= 900, JSON.stringify(box));
});

test('a acknowledges and goes on to the next, u undoes', async ({ server, fill, open }) => {
  await fill(fleet(6));
  const page = await open();
  const images = await shownImages(page);
  await page.keyboard.press('j');
  await page.keyboard.press('a');
  await hidden(card(page, images[0]));
  await reaches(page, images[1]);
  await until(() => server.acknowledged(images[0]), 'the database');
  await page.keyboard.press('a');
  await reaches(page, images[2]);
  await until(() => server.acknowledged(images[1]), 'the database');
  await page.keyboard.press('u');
  await visible(card(page, images[0]));
  await visible(card(page, images[1]));
  await until(async () => !await server.acknowledged(images[0]) && !await server.acknowledged(images[1]), 'the database');
});

test('? lists the keys, and Escape closes the list', async ({ fill, open }) => {
  await fill(fleet(3));
  const page = await open();
  await page.keyboard.press('j');
  const before = await focused(page);
  await page.keyboard.press('?');
  const dialog = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await visible(dialog);
  for (const key of ['j', 'k', 'a', 'u', 't', 'o', 'c', '/', 'r', '?']) {
    await visible(dialog.locator('kbd').getByText(key, { exact: true }));
  }
  await page.keyboard.press('j');
  await page.keyboard.press('Escape');
  await hidden(dialog);
  assert.equal(await focused(page), before);
});

test('t, c and o choose a tag, copy the digest and open the link', async ({ server, fill, open }) => {
  await fill([event('docker.io/library/nginx:1', { hub_link: `${server.url}healthz` })]);
  await server.call('POST', 'api/tags', { name: 'web' });
  const page = await open({ permissions: ['clipboard-read', 'clipboard-write'] });
  await page.keyboard.press('j');
  await page.keyboard.press('c');
  await visible(page.getByText('Copied the digest'));
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), sha('docker.io/library/nginx:1'));
  const opened = page.context().waitForEvent('page');
  await page.keyboard.press('o');
  await (await opened).close();
  await page.keyboard.press('t');
  await page.getByRole('menu').waitFor();
  await page.keyboard.press('w');
  await page.keyboard.press('Enter');
  await until(async () => await server.tagOf('docker.io/library/nginx:1') === 'web', 'the database');
});

test('1, 2 and 3 choose the status', async ({ fill, open }) => {
  await fill(fleet(20));
  const page = await open();
  for (const [key, status] of [['2', 'acknowledged'], ['3', 'all'], ['1', 'pending']]) {
    await page.keyboard.press(key);
    await until(() => page.locator(`#status [value=${status}]`).isChecked(), status);
  }
});

test('the Tab key alone reaches every control of a card, in the order of reading', async ({ fill, open }) => {
  await fill([event('docker.io/library/nginx:1')]);
  const page = await open();
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the images');
  const names = [];
  for (let i = 0; i < 32; i++) {
    await page.keyboard.press('Tab');
    const name = await page.evaluate(() => (document.activeElement.closest('.card')
      ? document.activeElement.getAttribute('aria-label') : null));
    if (name) names.push(name);
  }
  assert.deepEqual(names.slice(0, 6), ['Move nginx:1 to another tag', 'nas, pending: choose',
    `Copy the digest ${sha('docker.io/library/nginx:1').slice(7, 19)} of nginx:1`, 'Open the page of nginx:1',
    'More for nginx:1', 'Acknowledge nginx:1']);
});

test('a screen reader hears what has been done', async ({ fill, open }) => {
  await fill(fleet(3));
  const page = await open();
  await page.keyboard.press('j');
  await page.keyboard.press('a');
  const region = page.getByRole('region', { name: 'Messages' });
  assert.equal(await region.getAttribute('aria-live'), 'polite');
  await visible(region.getByText(/^Acknowledged /));
  await page.keyboard.press('u');
  await shows(page.locator('#spoken[role=status]'), /^Reopened /);
});

test('a key with a modifier belongs to the browser', async ({ server, fill, open }) => {
  await fill(fleet(3));
  const page = await open();
  await page.keyboard.press('j');
  await page.keyboard.press('Control+a');
  await page.keyboard.press('j');
  assert.deepEqual(await server.sql('SELECT image FROM updates WHERE acknowledged_at IS NOT NULL'), []);
  assert.equal((await shownImages(page)).length, 3);
});
