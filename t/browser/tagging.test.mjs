// tagging.test.mjs - filing images under tags: dragging, touching, choosing
//
// Copyright (c) 2026 The diundash authors
// SPDX-License-Identifier: ISC

import assert from 'node:assert/strict';
import { fleet } from './fleet.mjs';
import { card, hidden, section, test, until, undo, visible } from './harness.mjs';

const JELLYFIN = 'docker.io/jellyfin/jellyfin:10.11';       // media
const VAULT = 'docker.io/vaultwarden/server:latest';        // untagged

const handle = (page, image) => card(page, image).locator('.handle');

async function middle(locator) {
  const { x, y, width, height } = await locator.boundingBox();
  return { x: x + width / 2, y: y + height / 2 };
}

/* Presses the handle and moves a little: the drag has begun. */
async function lift(page, image) {
  await handle(page, image).hover();
  const from = await middle(handle(page, image));
  await page.mouse.down();
  await page.mouse.move(from.x + 30, from.y + 10, { steps: 4 });
  await visible(page.locator('.dock'));
}

async function dropOn(page, locator) {
  const to = await middle(locator);
  await page.mouse.move(to.x, to.y, { steps: 6 });
  await page.mouse.up();
  await hidden(page.locator('.dock'));
}

const chip = (page, name) => page.locator('.dock-tag', { hasText: name });
const filed = (server, image, tag) => until(async () => await server.tagOf(image) === tag, `${image} in ${tag}`);

test('an image is dragged to the section of another tag, which can be undone', async ({ server, fill, open }) => {
  await fill(fleet(6));
  const page = await open({ height: 1100 });
  await lift(page, JELLYFIN);
  await dropOn(page, section(page, 'home').locator('.cards'));
  await visible(section(page, 'home').locator(card(page, JELLYFIN)));
  await filed(server, JELLYFIN, 'home');
  await undo(page).click();
  await visible(section(page, 'media').locator(card(page, JELLYFIN)));
  await filed(server, JELLYFIN, 'media');
});

test('while dragging, every tag is within reach, and so is no tag', async ({ server, fill, open }) => {
  await fill(fleet(16));
  const page = await open({ height: 600 });
  await lift(page, VAULT);
  await dropOn(page, chip(page, 'databases'));
  await filed(server, VAULT, 'databases');
  await visible(section(page, 'databases').locator(card(page, VAULT)));
  await lift(page, VAULT);
  await dropOn(page, chip(page, 'Untagged'));
  await filed(server, VAULT, null);
  await visible(section(page, 'Untagged').locator(card(page, VAULT)));
});

test('Escape lets go, and so does a drop where it was', async ({ server, fill, open }) => {
  await fill(fleet(6));
  const page = await open({ height: 1100 });
  await lift(page, JELLYFIN);
  const to = await middle(chip(page, 'home'));
  await page.mouse.move(to.x, to.y, { steps: 4 });
  await page.keyboard.press('Escape');
  await hidden(page.locator('.dock'));
  await page.mouse.up();
  await lift(page, JELLYFIN);
  await dropOn(page, chip(page, 'media'));
  assert.equal(page.requests.filter(({ url }) => url.includes('tag-assignments')).length, 0);
  assert.equal(await page.locator('.menu').count(), 0);
  assert.equal(await server.tagOf(JELLYFIN), 'media');
});

test('a finger drags by the handle, too', async ({ server, fill, open }) => {
  await fill(fleet(6));
  const page = await open({ width: 360, height: 740, hasTouch: true, isMobile: true });
  await handle(page, JELLYFIN).evaluate((node) => node.scrollIntoView({ block: 'center' }));
  const finger = await page.context().newCDPSession(page);
  const touch = (type, ...points) => finger.send('Input.dispatchTouchEvent', { type, touchPoints: points });
  const from = await middle(handle(page, JELLYFIN));
  await touch('touchStart', from);
  await until(async () => {
    await touch('touchMove', { x: from.x + 24, y: from.y + 8 });
    await touch('touchMove', { x: from.x + 30, y: from.y + 12 });
    return page.locator('.dock').isVisible();
  }, 'the drag to begin');
  const to = await middle(chip(page, 'network'));
  for (const part of [0.4, 0.8, 1]) {
    await touch('touchMove', { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part });
  }
  await visible(page.locator('.dock-tag.target', { hasText: 'network' }));
  await touch('touchEnd');
  await hidden(page.locator('.dock'));
  await filed(server, JELLYFIN, 'network');
});

test('the handle is to be seen without a pointer over it', async ({ fill, open }) => {
  await fill(fleet(3));
  for (const width of [360, 1280]) {
    const page = await open({ width });
    const box = await handle(page, fleet(3)[0].image).boundingBox();
    assert.ok(box.width >= 24 && box.height >= 24, JSON.stringify(box));
    const style = await handle(page, fleet(3)[0].image).evaluate((node) => {
      const { opacity, visibility } = getComputedStyle(node);
      return { opacity, visibility };
    });
    assert.deepEqual(style, { opacity: '1', visibility: 'visible' });
  }
});

test('by keyboard, a menu on the card chooses the tag', async ({ server, fill, open }) => {
  await fill(fleet(6));
  const page = await open();
  await handle(page, JELLYFIN).focus();
  await page.keyboard.press('Enter');
  const menu = page.getByRole('menu', { name: 'Tag of jellyfin:10.11' });
  await visible(menu);
  const at = () => page.evaluate(() => document.activeElement.textContent);
  assert.equal(await at(), 'media');
  assert.equal(await menu.getByRole('menuitemradio', { name: 'media' }).getAttribute('aria-checked'), 'true');
  await page.keyboard.press('Home');
  assert.equal(await at(), 'databases');
  await page.keyboard.press('ArrowDown');
  assert.equal(await at(), 'home');
  await page.keyboard.press('End');
  await page.keyboard.press('d');
  assert.equal(await at(), 'databases');
  await page.keyboard.press('n');
  assert.equal(await at(), 'network');
  await page.keyboard.press('Enter');
  await hidden(menu);
  await filed(server, JELLYFIN, 'network');
  await visible(section(page, 'network').locator(card(page, JELLYFIN)));
  assert.ok(await card(page, JELLYFIN).evaluate((node) => node.contains(document.activeElement)));
});

test('Escape closes the menu, changes nothing, and gives the focus back', async ({ server, fill, open }) => {
  await fill(fleet(6));
  const page = await open();
  await card(page, JELLYFIN).getByRole('button', { name: /^More/ }).click();
  await visible(page.getByRole('menu'));
  await page.keyboard.press('Escape');
  await hidden(page.getByRole('menu'));
  assert.ok(await card(page, JELLYFIN).locator('.more').evaluate((node) => node === document.activeElement));
  assert.equal(await server.tagOf(JELLYFIN), 'media');
});

test('a tag is made for an image from its menu', async ({ server, fill, open }) => {
  await fill(fleet(6));
  const page = await open({ expected: [/409/] });
  await card(page, VAULT).getByRole('button', { name: /^More/ }).click();
  await page.getByRole('menuitem', { name: 'New tag …' }).click();
  const dialog = page.getByRole('dialog', { name: 'New tag for server:latest' });
  await dialog.getByRole('textbox').fill('media');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await visible(dialog.getByRole('alert').filter({ hasText: 'That did not work' }));
  await dialog.getByRole('textbox').fill('secrets');
  await page.keyboard.press('Enter');
  await hidden(dialog);
  await filed(server, VAULT, 'secrets');
  await visible(section(page, 'secrets').locator(card(page, VAULT)));
});
