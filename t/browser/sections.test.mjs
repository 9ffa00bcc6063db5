// sections.test.mjs - the sections of the tags, and what is done to a whole one
//
// Copyright (c) 2026 The diundash authors
// SPDX-License-Identifier: ISC

import assert from 'node:assert/strict';
import { fleet } from './fleet.mjs';
import { card, hidden, section, shownImages, shows, test, until, undo, visible } from './harness.mjs';

const names = (page) => page.locator('.group:not([hidden]) .group-name').allTextContents();
const tags = async (server) => (await server.sql('SELECT name FROM tags ORDER BY name')).map(({ name }) => name);
const pending = async (server) => (await server.sql(
  'SELECT count(*) AS n FROM updates WHERE acknowledged_at IS NULL'))[0].n;

test('sections are in order of their tags, the untagged last, each with its count', async ({ server, fill, open }) => {
  await fill(fleet(16));
  const page = await open();
  assert.deepEqual(await names(page), [...await tags(server), 'Untagged']);
  const rows = await server.sql(`SELECT coalesce(tags.name, 'Untagged') AS name, count(*) AS n FROM updates
    LEFT JOIN tag_assignments USING (image) LEFT JOIN tags ON tags.id = tag_id
    WHERE acknowledged_at IS NULL GROUP BY 1`);
  for (const { name, n } of rows) {
    await shows(section(page, name).locator('.count'), String(n));
    assert.equal(await section(page, name).locator('.card:not([hidden])').count(), n);
  }
});

test('a section that is folded stays so in this browser, and in no other', async ({ fill, open }) => {
  await fill(fleet(12));
  const page = await open();
  const fold = section(page, 'media').getByRole('button', { expanded: true });
  await fold.click();
  await hidden(section(page, 'media').locator('.cards'));
  await page.reload();
  await visible(section(page, 'media').getByRole('button', { expanded: false }));
  assert.ok(await section(page, 'media').locator('.cards').isHidden());
  assert.ok(await section(page, 'home').locator('.cards').isVisible());
  const other = await open();
  assert.ok(await section(other, 'media').locator('.cards').isVisible());
  await section(page, 'media').getByRole('button', { expanded: false }).click();
  await visible(section(page, 'media').locator('.cards'));
});

test('a tag is created in place, and a name that is taken is refused in words', async ({ server, fill, open }) => {
  await fill(fleet(12));
  const page = await open({ expected: [/409/] });
  await page.click('#new-tag');
  const name = page.getByRole('textbox', { name: 'Name of the new tag' });
  await name.press('Enter');
  await visible(page.getByText('A tag needs a name.'));
  await name.fill('media');
  await name.press('Enter');
  await visible(page.getByRole('alert').filter({ hasText: 'That did not work' }));
  assert.ok(await name.isVisible());
  await name.fill('  monitoring ');
  await page.getByRole('button', { name: 'Create' }).click();
  await hidden(name);
  await visible(section(page, 'monitoring'));
  assert.ok((await tags(server)).includes('monitoring'));
  await visible(section(page, 'monitoring').getByText('No images yet'));
});

test('a tag is renamed in place', async ({ server, fill, open }) => {
  await fill(fleet(12));
  const page = await open({ where: '?tag=media', expected: [/409/] });
  const before = await shownImages(page);
  const rename = page.getByRole('button', { name: 'Rename the tag media' });
  const name = page.getByRole('textbox', { name: 'Name of the tag' });
  await rename.click();
  await name.fill('films');
  await name.press('Escape');
  assert.deepEqual(await names(page), ['media']);
  assert.ok(await rename.evaluate((node) => node === document.activeElement));
  await rename.click();
  await name.fill('network');
  await name.press('Enter');
  await visible(page.getByRole('alert').filter({ hasText: 'That did not work' }));
  await name.fill('films');
  await name.press('Enter');
  await visible(section(page, 'films'));
  assert.deepEqual(await shownImages(page), before);
  const now = await tags(server);
  assert.ok(now.includes('films') && !now.includes('media'), now.join());
  assert.equal(await server.tagOf(before[0]), 'films');
  assert.match(page.url(), /tag=films/);
});

test('a tag is deleted after a question in place, and its images stay', async ({ server, fill, open }) => {
  await fill(fleet(12));
  const page = await open();
  const images = await section(page, 'media').locator('.card').evaluateAll(
    (nodes) => nodes.map((node) => node.dataset.image));
  const remove = page.getByRole('button', { name: 'Delete the tag media' });
  await remove.click();
  await visible(page.getByText(`Its ${images.length} images stay, untagged.`));
  await page.getByRole('button', { name: 'Cancel' }).click();
  assert.ok((await tags(server)).includes('media'));
  await remove.click();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await until(async () => !(await names(page)).includes('media'), 'the section to go');
  for (const image of images) {
    await visible(section(page, 'Untagged').locator(card(page, image)));
    assert.equal(await server.tagOf(image), null);
    assert.equal(await server.acknowledged(image), false);
  }
  assert.ok(!(await tags(server)).includes('media'));
});

test('a whole section is acknowledged after a question in place, and can be undone', async ({ server, fill, open }) => {
  await fill(fleet(12));
  const page = await open();
  const total = await pending(server);
  const count = Number(await section(page, 'network').locator('.count').textContent());
  const ask = section(page, 'network').locator('[data-do=acknowledge]');
  await ask.click();
  await visible(page.getByText(`Acknowledge ${count} images?`));
  await page.keyboard.press('Escape');
  assert.ok(await ask.evaluate((node) => node === document.activeElement));
  assert.equal(await pending(server), total);
  await ask.click();
  await page.getByRole('group', { name: /^Acknowledge/ }).getByRole('button', { name: 'Acknowledge' }).click();
  await shows(page.locator('#pending'), `${total - count} pending`);
  await until(async () => await pending(server) === total - count, 'the database');
  await visible(section(page, 'network').getByText('Nothing pending.'));
  await undo(page).click();
  await shows(page.locator('#pending'), `${total} pending`);
  await until(async () => await pending(server) === total, 'the database');
});

test('of a filtered section only what is shown is acknowledged', async ({ server, fill, open }) => {
  await fill(fleet(16));
  const page = await open({ where: '?q=immich' });
  const images = await shownImages(page);
  const inMedia = await section(page, 'media').locator('.card:not([hidden])').evaluateAll(
    (nodes) => nodes.map((node) => node.dataset.image));
  assert.ok(inMedia.length > 1 && images.length > inMedia.length);
  await section(page, 'media').locator('[data-do=acknowledge]').click();
  await page.getByRole('group', { name: /^Acknowledge/ }).getByRole('button', { name: 'Acknowledge' }).click();
  const total = await pending(server);
  await hidden(card(page, inMedia[0]));
  await until(async () => (await Promise.all(inMedia.map((image) => server.acknowledged(image)))).every(Boolean),
    'the database');
  assert.equal(await server.acknowledged('docker.io/jellyfin/jellyfin:10.11'), false);
  assert.ok(total > 0);
});

test('everything is acknowledged after a dialog, and can be undone', async ({ server, fill, open }) => {
  await fill(fleet(16));
  const page = await open({ where: '?tag=media' });
  const total = await pending(server);
  const shown = (await shownImages(page)).length;
  await page.getByRole('button', { name: 'Acknowledge all' }).click();
  const dialog = page.getByRole('dialog', { name: 'Acknowledge everything?' });
  await visible(dialog.getByText(`${total} images will count as dealt with. ${total - shown} of them are not shown`));
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await hidden(dialog);
  assert.equal(await pending(server), total);
  await page.getByRole('button', { name: 'Acknowledge all' }).click();
  await dialog.getByRole('button', { name: 'Acknowledge all' }).click();
  await until(async () => await pending(server) === 0, 'the database');
  await visible(page.getByText(/Nothing matches|All caught up/));
  await undo(page).click();
  await until(async () => await pending(server) === total, 'the database');
  await shows(page.locator('#pending'), `${total} pending`);
});
