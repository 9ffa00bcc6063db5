// errors.test.mjs - what the server refuses is undone on the page, in words
//
// Copyright (c) 2026 The diundash authors
// SPDX-License-Identifier: ISC

import assert from 'node:assert/strict';
import { fleet } from './fleet.mjs';
import { card, hidden, lockDatabase, section, Server, shownImages, shows, test, until, visible } from './harness.mjs';

const REFUSED = [/Failed to load resource/];
const problem = (root) => root.getByRole('alert').filter({ hasText: /\S/ });

test('while the database is busy, acknowledging is undone on the card, on the section, in the dialog', async ({ open }) => {
  const server = await Server.start({ DIUNDASH_BUSY_TIMEOUT: '200' });
  try {
    const images = fleet(6).map(({ image }) => image);
    await server.fill(fleet(6));
    const page = await open({ server, expected: REFUSED });
    const release = await lockDatabase(server);
    await card(page, images[0]).locator('.tick').click();
    await shows(problem(card(page, images[0])), /^Not acknowledged: .*busy/);
    await visible(card(page, images[0]));
    await hidden(page.locator('.toast'));
    await section(page, 'media').locator('[data-do=acknowledge]').click();
    await page.getByRole('group', { name: /^Acknowledge/ }).getByRole('button', { name: 'Acknowledge' }).click();
    await shows(section(page, 'media').locator('> .problem'), /^Not acknowledged: .*busy/);
    await page.click('#acknowledge-all');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Acknowledge all' }).click();
    await shows(problem(dialog), /^Not acknowledged: .*busy/);
    assert.equal((await shownImages(page)).length, 6);
    await release();
    assert.deepEqual(await server.sql('SELECT image FROM updates WHERE acknowledged_at IS NOT NULL'), []);
    await dialog.getByRole('button', { name: 'Acknowledge all' }).click();
    await hidden(dialog);
    await until(async () => (await server.sql('SELECT image FROM updates WHERE acknowledged_at IS NULL')).length === 0,
      'the database');
  } finally {
    await server.remove();
  }
});

test('a notification that the database cannot take waits, and the page says so until it is stored', async ({ open }) => {
  const server = await Server.start({ DIUNDASH_BUSY_TIMEOUT: '200' });
  try {
    await server.fill(fleet(6));
    const page = await open({ server });
    const release = await lockDatabase(server);
    await server.webhook({ ...fleet(6)[0], image: 'docker.io/library/late:1' });
    await page.click('#refresh');
    await shows(page.locator('#spool'), /^1 notification of Diun waits since \S+.*: the database is busy.*Nothing is lost/);
    assert.equal((await shownImages(page)).length, 6);
    await release();
    await visible(card(page, 'docker.io/library/late:1'));
    await page.click('#refresh');
    await hidden(page.locator('#spool'));
  } finally {
    await server.remove();
  }
});

test('an image that is gone meanwhile cannot be filed, and the page says why', async ({ server, fill, open }) => {
  await fill(fleet(6));
  const page = await open({ expected: REFUSED });
  const image = 'docker.io/jellyfin/jellyfin:10.11';
  await card(page, image).locator('.more').click();
  const [{ id }] = await server.sql("SELECT id FROM tags WHERE name = 'home'");
  /* Behind the page's back, so that the menu still offers it. */
  await page.route('**/api/tag-assignments', async (route) => {
    await server.call('DELETE', `api/tags/${id}`);
    await route.continue();
  });
  await page.getByRole('menuitemradio', { name: 'home' }).click();
  await shows(problem(card(page, image)), /^Not moved: \S+/);
  await visible(section(page, 'media').locator(card(page, image)));
  assert.equal(await server.tagOf(image), 'media');
});

test('a session that has ended is told as such', async ({ fill, open }) => {
  await fill(fleet(3));
  const page = await open({ expected: REFUSED });
  await page.route('**/api/**', (route) => route.fulfill({ status: 401, contentType: 'text/html', body: '<h1>no</h1>' }));
  await page.click('#refresh');
  await visible(page.locator('#notice').getByText('your sign-in has ended; load the page again'));
  assert.equal((await shownImages(page)).length, 3);
});

test('a login page in place of an answer is told as such', async ({ fill, open }) => {
  await fill(fleet(3));
  const page = await open({ expected: REFUSED });
  await page.route(/\/api\/updates(\?|$)/, (route) => route.fulfill({ contentType: 'text/html', body: '<h1>Sign in</h1>' }));
  await page.click('#refresh');
  await visible(page.locator('#notice').getByText('is there a login page in front?'));
  assert.equal((await shownImages(page)).length, 3);
});

test('the words of the server are shown', async ({ fill, open }) => {
  const [{ image }] = await fill(fleet(3));
  const page = await open({ expected: REFUSED });
  await page.route('**/api/updates/**', (route) => route.fulfill(
    { status: 500, contentType: 'application/json', body: '{"error":"the disk is <b>full</b>"}' }));
  await card(page, image).locator('.tick').click();
  await shows(problem(card(page, image)), 'Not acknowledged: the disk is <b>full</b>.');
  await page.unroute('**/api/updates/**');
  await card(page, image).locator('.tick').click();
  await hidden(card(page, image));
});
