// access.test.mjs - axe-core finds nothing; zoom, narrow pages, and little motion
//
// At the four widths in both themes: the list, the page without images, every
// menu, dialog, question and message.
//
// Copyright (c) 2026 The diundash authors
// SPDX-License-Identifier: ISC

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { event, fleet } from './fleet.mjs';
import { card, hidden, section, shownImages, test, until, visible } from './harness.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WIDTHS = [360, 768, 1280, 1920];
const THEMES = ['light', 'dark'];
const JELLYFIN = 'docker.io/jellyfin/jellyfin:10.11';

const withAxe = (page) => page.addInitScript(AXE);

/* Colours that are still on their way would be judged as they are now. */
const settled = (page) => page.evaluate(() => Promise.all(document.getAnimations()
  .filter((animation) => animation.effect.getComputedTiming().iterations !== Infinity)
  .map((animation) => animation.finished.catch(() => {}))));

async function inspect(page, what) {
  await settled(page);
  const found = await page.evaluate(() => axe.run(document, { preload: false, resultTypes: ['violations'] }));
  assert.deepEqual(found.violations.map(({ id, nodes }) => (
    { id, nodes: nodes.map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary}`) })), [], what);
}

/* What can stand on the page: its name, how it comes, and how it goes. */
const STATES = [
  ['the list', async () => {}, async () => {}],
  ['all images', (page) => page.keyboard.press('3'), (page) => page.keyboard.press('1')],
  ['nothing found', (page) => page.fill('#search', 'zzz').then(() => visible(page.getByText('Nothing matches'))),
    (page) => page.fill('#search', '').then(() => page.locator('#search').blur())],
  ['a card with the focus', (page) => page.keyboard.press('j'), async () => {}],
  ['the list of keys', (page) => page.keyboard.press('?').then(() => visible(page.getByRole('dialog'))),
    (page) => page.keyboard.press('Escape')],
  ['the dialog about everything', (page) => page.locator('#acknowledge-all').click(), (page) => page.keyboard.press('Escape')],
  ['the menu of a card', (page) => card(page, JELLYFIN).locator('.more').click(), (page) => page.keyboard.press('Escape')],
  ['the menu of tags', async (page) => {
    await card(page, JELLYFIN).locator('.handle').focus();
    await page.keyboard.press('Enter');
  }, (page) => page.keyboard.press('Escape')],
  ['the dialog of a new tag', async (page) => {
    await card(page, JELLYFIN).locator('.more').click();
    await page.getByRole('menuitem', { name: 'New tag …' }).click();
    await visible(page.getByRole('dialog'));
  }, (page) => page.keyboard.press('Escape')],
  ['the form of a new tag', async (page) => {
    await page.click('#new-tag');
    await page.keyboard.press('Enter');
    await visible(page.getByText('A tag needs a name.'));
  }, (page) => page.keyboard.press('Escape')],
  ['the question about a section', (page) => section(page, 'media').locator('[data-do=acknowledge]').click(),
    (page) => page.keyboard.press('Escape')],
  ['the form of a name', (page) => section(page, 'media').locator('[data-do=rename]').click(), (page) => page.keyboard.press('Escape')],
  ['the question about a tag', (page) => section(page, 'media').locator('[data-do=delete]').click(),
    (page) => page.keyboard.press('Escape')],
  ['a message', (page) => card(page, JELLYFIN).locator('.tick').click().then(() => visible(page.locator('.toast'))),
    (page) => page.keyboard.press('u').then(() => visible(card(page, JELLYFIN)))],
  ['out of reach, with a problem', async (page) => {
    await page.route('**/api/**', (route) => route.abort());
    await page.click('#refresh');
    await visible(page.locator('#notice'));
    await card(page, JELLYFIN).locator('.tick').click();
    await visible(card(page, JELLYFIN).locator('.problem'));
  }, async (page) => {
    await page.unroute('**/api/**');
    await page.click('#try-now');
    await hidden(page.locator('#notice'));
  }],
];

for (const width of WIDTHS) {
  test(`axe-core finds nothing at ${width} pixels, in either theme, whatever is open`, async ({ fill, open }) => {
    await fill(fleet(6).filter(({ _tag }) => _tag === 'media' || !_tag));
    const page = await open({ width, before: withAxe, expected: [/ERR_FAILED/] });
    await page.mouse.move(2, 2);
    for (const theme of THEMES) {
      await page.emulateMedia({ colorScheme: theme });
      for (const [name, come, go] of STATES) {
        await come(page);
        await inspect(page, `${name}, ${theme}`);
        await go(page);
      }
    }
  });
}

test('axe-core finds nothing on the page before the first event', async ({ open }) => {
  const page = await open({ before: withAxe });
  await visible(page.locator('[data-snippet=test]'));
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    for (const theme of THEMES) {
      await page.emulateMedia({ colorScheme: theme });
      await inspect(page, `${width}, ${theme}`);
    }
  }
});

test('at 200 % zoom and at 320 pixels nothing has to be scrolled sideways', async ({ fill, open }) => {
  const long = `registry.example.org:5000/${'a-long-namespace/'.repeat(6)}${'an-image-of-many-words-'.repeat(5)}:${'x'.repeat(90)}`;
  await fill([...fleet(12), event(long, { hostname: 'h'.repeat(80), platform: 'linux/amd64/'.repeat(8) })]);
  const page = await open({ width: 640, height: 450, deviceScaleFactor: 2 });
  await until(async () => (await shownImages(page)).length === 13, 'the list');
  for (const [width, height] of [[640, 450], [384, 450], [320, 256], [960, 540]]) {
    await page.setViewportSize({ width, height });
    const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(await overflow() <= 0, `the list at ${width}`);
    await section(page, 'media').locator('[data-do=delete]').click();
    await visible(page.getByRole('button', { name: 'Delete', exact: true }));
    assert.ok(await overflow() <= 0, `a question at ${width}`);
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    const box = await page.getByRole('dialog').boundingBox();
    assert.ok(box.x >= 0 && box.x + box.width <= width && box.y >= 0 && box.y + box.height <= height, JSON.stringify(box));
    await page.keyboard.press('Escape');
  }
});

test('at 200 % zoom the first steps fit, too', async ({ open }) => {
  const page = await open({ width: 640, height: 450, deviceScaleFactor: 2 });
  await visible(page.locator('[data-snippet=test]'));
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth));
});

test('with reduced motion nothing moves', async ({ server, fill, open }) => {
  await fill(fleet(6));
  const page = await open({ reducedMotion: 'reduce', before: (fresh) => fresh.addInitScript(() => {
    window.longest = 0;
    const look = () => {
      for (const animation of document.getAnimations()) {
        const { duration, iterations } = animation.effect.getComputedTiming();
        window.longest = Math.max(longest, duration * iterations);
      }
      requestAnimationFrame(look);
    };
    look();
  }) });
  await card(page, JELLYFIN).locator('.tick').click();
  await visible(page.locator('.toast'));
  await page.keyboard.press('u');
  await visible(card(page, JELLYFIN));
  await page.keyboard.press('?');
  await visible(page.getByRole('dialog'));
  await page.keyboard.press('Escape');
  await server.webhook(event('docker.io/library/busybox:1'));
  await page.click('#refresh');
  await visible(card(page, 'docker.io/library/busybox:1'));
  await section(page, 'media').locator('.fold').click();
  await hidden(section(page, 'media').locator('.cards'));
  const longest = await page.evaluate(() => window.longest);
  assert.ok(longest <= 1, `an animation of ${longest} ms`);
});
