// filter.test.mjs - the filters, the order, and the address that keeps them
//
// What is shown is compared with what a query of the database gives.
//
// Copyright (c) 2026 The diundash authors
// SPDX-License-Identifier: ISC

import assert from 'node:assert/strict';
import { fleet } from './fleet.mjs';
import { shownImages, test, until, visible } from './harness.mjs';

const JOINED = `SELECT updates.image FROM updates LEFT JOIN tag_assignments USING (image)
  LEFT JOIN tags ON tags.id = tag_id WHERE`;

/* The page shows exactly the images of which the condition is true. */
async function agree(page, server, condition) {
  const wanted = (await server.sql(`${JOINED} ${condition}`)).map(({ image }) => image).sort();
  assert.ok(wanted.length > 0, `nothing is ${condition}`);
  await until(async () => (await shownImages(page)).sort().join() === wanted.join(), condition)
    .catch(async () => assert.deepEqual((await shownImages(page)).sort(), wanted));
}

const choose = (page, status) => page.locator('#status label', { hasText: status }).click();

test('text is looked for in images, containers and hosts, word by word', async ({ server, fill, open }) => {
  await fill(fleet(40));
  const page = await open({ where: '?status=all' });
  for (const text of ['HOME-assistant', 'paperless-broker', 'pi-attic']) {
    await page.fill('#search', text);
    await agree(page, server, `image LIKE '%${text}%' OR ctn_name LIKE '%${text}%' OR hostname LIKE '%${text}%'`);
  }
  await page.fill('#search', 'nas  docker.io');
  await agree(page, server, "image LIKE 'docker.io%' AND hostname = 'nas'");
});

test('the status shows what is pending, what is acknowledged, or all', async ({ server, fill, open }) => {
  await fill(fleet(40));
  const page = await open();
  await agree(page, server, 'acknowledged_at IS NULL');
  await choose(page, 'Acknowledged');
  await agree(page, server, 'acknowledged_at IS NOT NULL');
  await choose(page, 'All');
  await agree(page, server, '1');
});

test('a tag, the untagged, and a host can be chosen', async ({ server, fill, open }) => {
  await fill(fleet(40));
  const page = await open();
  await page.selectOption('#filter-tag', { label: 'databases' });
  await agree(page, server, "acknowledged_at IS NULL AND tags.name = 'databases'");
  await page.selectOption('#filter-tag', { label: 'Untagged' });
  await agree(page, server, 'acknowledged_at IS NULL AND tags.name IS NULL');
  await page.selectOption('#filter-host', { label: 'edge' });
  await agree(page, server, "acknowledged_at IS NULL AND tags.name IS NULL AND hostname = 'edge'");
  await page.selectOption('#filter-tag', { label: 'Any tag' });
  await agree(page, server, "acknowledged_at IS NULL AND hostname = 'edge'");
});

test('images are in order of date, name or registry', async ({ server, fill, open }) => {
  await fill(fleet(40));
  const page = await open({ where: '?tag=' });
  const images = (await server.sql(`${JOINED} acknowledged_at IS NULL AND tags.name IS NULL
    ORDER BY received_at DESC`)).map(({ image }) => image);
  const is = (wanted) => until(async () => (await shownImages(page)).join() === wanted.join(), wanted.join());
  const by = (key) => [...images].sort((a, b) => (key(a) < key(b) ? -1 : 1));
  await is(images);
  await page.selectOption('#filter-sort', 'name');
  await is(by((image) => image.replace(/.*\//, '')));
  await page.selectOption('#filter-sort', 'registry');
  await is(by((image) => image));
});

test('a link reproduces the view, and Back goes to the one before', async ({ fill, open }) => {
  await fill(fleet(40));
  const page = await open();
  await page.fill('#search', 'nas');
  await until(() => page.url().includes('q=nas'), 'the address');
  await choose(page, 'All');
  await page.selectOption('#filter-tag', { label: 'media' });
  await page.selectOption('#filter-sort', 'name');
  await until(() => page.url().includes('sort=name'), 'the address');
  const seen = await shownImages(page);
  assert.ok(seen.length > 2);
  const other = await open({ where: new URL(page.url()).search });
  assert.deepEqual(await shownImages(other), seen);
  assert.equal(await other.inputValue('#search'), 'nas');
  assert.ok(await other.locator('#status [value=all]').isChecked());
  assert.equal(await other.inputValue('#filter-tag'), '=media');
  assert.equal(await other.inputValue('#filter-sort'), 'name');
  await page.goBack();
  await until(async () => await page.inputValue('#filter-sort') === 'date', 'the order of before');
  await page.goBack();
  await until(async () => await page.inputValue('#filter-tag') === 'any', 'the tag of before');
  assert.equal(await page.inputValue('#search'), 'nas');
});

test('/ goes to the search, where keys are letters, and Escape clears it', async ({ server, fill, open }) => {
  await fill(fleet(12));
  const page = await open();
  await page.keyboard.press('/');
  await page.keyboard.type('jau?3');
  assert.equal(await page.inputValue('#search'), 'jau?3');
  assert.equal(await page.locator('dialog').count(), 0);
  await visible(page.getByText('Nothing matches'));
  await page.keyboard.press('Escape');
  assert.equal(await page.inputValue('#search'), '');
  await agree(page, server, 'acknowledged_at IS NULL');
  await page.keyboard.press('Escape');
  assert.ok(await page.evaluate(() => document.activeElement.id !== 'search'));
});

test('where nothing matches, the filters can be taken off', async ({ server, fill, open }) => {
  await fill(fleet(12));
  const page = await open({ where: '?q=zzz&host=nas' });
  await visible(page.getByText('None of the 12 images fits'));
  await page.locator('#calm').getByRole('button', { name: 'Clear filters' }).click();
  await agree(page, server, 'acknowledged_at IS NULL');
  assert.equal(new URL(page.url()).search, '');
});
