// header.test.mjs - the header, the tab, and the row of figures
//
// Copyright (c) 2026 The diundash authors
// SPDX-License-Identifier: ISC

import assert from 'node:assert/strict';
import { event, fleet } from './fleet.mjs';
import { card, hidden, shows, test, until, visible } from './harness.mjs';

const figure = (page, name) => page.locator(`[data-figure=${name}]`);

async function icon(page) {
  const href = await page.locator('#favicon').getAttribute('href');
  const answer = await page.request.get(new URL(href, page.url()).href);
  assert.equal(answer.headers()['content-type'], 'image/svg+xml');
  return answer.text();
}

test('the tab, the icon and the header tell how much is pending', async ({ server, fill, open }) => {
  await fill(fleet(20));
  const [{ n }] = await server.sql('SELECT count(*) AS n FROM updates WHERE acknowledged_at IS NULL');
  const page = await open();
  await shows(page.locator('#pending'), `${n} pending`);
  assert.equal(await page.title(), `DiunDash (${n})`);
  const before = await icon(page);
  await page.click('#acknowledge-all');
  await page.getByRole('dialog').getByRole('button', { name: 'Acknowledge all' }).click();
  await shows(page.locator('#pending'), '0 pending');
  assert.equal(await page.title(), 'DiunDash');
  assert.notEqual(await icon(page), before);
  await hidden(page.locator('#acknowledge-all'));
  assert.deepEqual(await server.sql('SELECT image FROM updates WHERE acknowledged_at IS NULL'), []);
});

test('the number of pending updates stays in sight however far one scrolls', async ({ fill, open }) => {
  await fill(fleet(40));
  const page = await open({ width: 360, height: 700 });
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  await until(() => page.evaluate(() => scrollY > 500), 'the page to scroll');
  const box = await page.locator('#pending').boundingBox();
  assert.ok(box.y >= 0 && box.y < 60 && box.height > 0, JSON.stringify(box));
});

test('refresh asks the server at once', async ({ server, fill, open }) => {
  await fill(fleet(3));
  const page = await open({ before: (fresh) => fresh.clock.install() });
  await server.webhook(event('docker.io/library/busybox:1'));
  assert.equal(await card(page, 'docker.io/library/busybox:1').count(), 0);
  await page.getByRole('button', { name: 'Refresh' }).click();
  await visible(card(page, 'docker.io/library/busybox:1'));
});

test('the theme is light, dark or that of the system, and is remembered', async ({ fill, open }) => {
  await fill(fleet(3));
  const page = await open();
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const button = page.locator('#theme');
  const light = await ground();
  await page.emulateMedia({ colorScheme: 'dark' });
  const dark = await ground();
  assert.notEqual(dark, light);
  assert.equal(await button.getAttribute('aria-label'), 'Theme: as the system');
  await button.click();
  assert.equal(await button.getAttribute('aria-label'), 'Theme: light');
  assert.equal(await ground(), light);
  await button.click();
  await page.emulateMedia({ colorScheme: 'light' });
  assert.equal(await ground(), dark);
  await page.reload();
  assert.equal(await ground(), dark);
  await button.click();
  assert.equal(await button.getAttribute('aria-label'), 'Theme: as the system');
  assert.equal(await ground(), light);
});

test('the row of figures agrees with the database', async ({ server, fill, open }) => {
  await fill(fleet(40));
  const [row] = await server.sql(`SELECT count(*) AS images, sum(acknowledged_at IS NULL) AS pending,
    count(acknowledged_at) AS acknowledged, count(DISTINCT hostname) AS hosts FROM updates`);
  const page = await open();
  for (const [name, value] of Object.entries(row)) await shows(figure(page, name), String(value));
  await shows(figure(page, 'last'), '24 minutes ago');
  assert.match(await figure(page, 'last').getAttribute('title'), /\d{4}.*\d:\d\d:\d\d/);
  await server.webhook(event('docker.io/library/busybox:1', { hostname: 'another' }));
  await page.click('#refresh');
  await shows(figure(page, 'images'), String(row.images + 1));
  await shows(figure(page, 'hosts'), String(row.hosts + 1));
  await shows(figure(page, 'last'), 'just now');
});
