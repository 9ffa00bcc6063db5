// hosts.test.mjs - hosts kept apart, the history of an image, and tests
//
// Copyright (c) 2026 The diundash authors
// SPDX-License-Identifier: ISC

import assert from 'node:assert/strict';
import { event, sha } from './fleet.mjs';
import {
  card, hidden, section, shownImages, shows, test, undo, until, visible,
} from './harness.mjs';

const REDIS = 'docker.io/library/redis:8';
const BUSYBOX = 'docker.io/library/busybox:1';
const TEST = {
  image: 'docker.io/diun/testnotif:latest', hostname: 'nas', provider: 'file', hub_link: '', metadata: null,
  digest: 'sha256:216e3ae7de4ca8b553eb11ef7abda00651e79e537e85c46108284e5e91673e01',
};

const chip = (page, image, host) => card(page, image).locator('.host', { hasText: host });
const entry = (page, name) => page.locator('.menu').getByRole('menuitem', { name });
const toast = (page, text) => page.locator('.toast:not([inert])', { hasText: text });

async function choose(page, image, host, name) {
  await chip(page, image, host).click();
  await entry(page, name).click();
}

async function more(page, image, name) {
  await card(page, image).locator('.more').click();
  await entry(page, name).click();
}

/* What the database says of each host: 1 when it is dealt with. */
async function states(server, image) {
  const rows = await server.sql(`SELECT hostname, acknowledged_at IS NOT NULL AS done FROM host_updates
    WHERE image = '${image}' ORDER BY hostname`);
  return Object.fromEntries(rows.map(({ hostname, done }) => [hostname, done]));
}

const becomes = (server, image, wanted) => until(
  async () => JSON.stringify(await states(server, image)) === JSON.stringify(wanted), JSON.stringify(wanted));

async function twoHosts(server, open, options) {
  await server.webhook(event(REDIS, { hostname: 'edge', metadata: { ctn_names: 'cache' } }));
  await server.webhook(event(REDIS, { hostname: 'nas', metadata: { ctn_names: 'broker' } }));
  return open(options);
}

test('two hosts with one image have a chip and a container each', async ({ server, open }) => {
  const page = await twoHosts(server, open);
  assert.deepEqual(await shownImages(page), [REDIS]);
  assert.deepEqual(await card(page, REDIS).locator('.host').allTextContents(), ['edge', 'nas']);
  await shows(card(page, REDIS).locator('.containers'), 'cache, broker');
  await shows(page.locator('[data-figure=hosts]'), '2');
});

test('one host is acknowledged and the image stays; both, and it goes', async ({ server, open }) => {
  const page = await twoHosts(server, open);
  await choose(page, REDIS, 'edge', 'Acknowledge on this host');
  await visible(card(page, REDIS).locator('.host-done', { hasText: 'edge' }));
  await becomes(server, REDIS, { edge: 1, nas: 0 });
  assert.equal(await server.acknowledged(REDIS), false);
  await visible(card(page, REDIS));
  await choose(page, REDIS, 'nas', 'Acknowledge on this host');
  await hidden(card(page, REDIS));
  await becomes(server, REDIS, { edge: 1, nas: 1 });
  assert.equal(await server.acknowledged(REDIS), true);
});

test('acknowledging on one host can be undone, and reopened later', async ({ server, open }) => {
  const page = await twoHosts(server, open);
  await choose(page, REDIS, 'edge', 'Acknowledge on this host');
  await becomes(server, REDIS, { edge: 1, nas: 0 });
  await undo(page).click();
  await becomes(server, REDIS, { edge: 0, nas: 0 });
  await choose(page, REDIS, 'edge', 'Acknowledge on this host');
  await becomes(server, REDIS, { edge: 1, nas: 0 });
  await choose(page, REDIS, 'edge', 'Reopen on this host');
  await becomes(server, REDIS, { edge: 0, nas: 0 });
  await hidden(card(page, REDIS).locator('.host-done'));
});

test('the tick acknowledges on all hosts', async ({ server, open }) => {
  const page = await twoHosts(server, open);
  await card(page, REDIS).locator('.tick').click();
  await hidden(card(page, REDIS));
  await becomes(server, REDIS, { edge: 1, nas: 1 });
});

test('a refusal takes the state of the host back and says why', async ({ server, open }) => {
  const page = await twoHosts(server, open, { expected: [/503/] });
  await page.route('**/api/updates/**', (route) => route.fulfill(
    { status: 503, contentType: 'application/json', body: '{"error":"the database is busy: try again"}' }));
  await choose(page, REDIS, 'edge', 'Acknowledge on this host');
  await visible(card(page, REDIS).getByText('Not acknowledged: the database is busy: try again.'));
  await hidden(card(page, REDIS).locator('.host-done'));
  assert.deepEqual(await states(server, REDIS), { edge: 0, nas: 0 });
});

test('the chip narrows the list to its host', async ({ server, open }) => {
  await server.webhook(event(BUSYBOX, { hostname: 'nas' }));
  const page = await twoHosts(server, open);
  await choose(page, REDIS, 'edge', 'Show this host only');
  await until(async () => (await shownImages(page)).join() === REDIS, 'one image');
  assert.equal(new URL(page.url()).searchParams.get('host'), 'edge');
});

test('a host is renamed, history included', async ({ server, open }) => {
  const page = await twoHosts(server, open);
  await choose(page, REDIS, 'edge', 'Rename this host');
  await page.getByRole('textbox', { name: 'Name' }).fill('attic');
  await page.keyboard.press('Enter');
  await visible(chip(page, REDIS, 'attic'));
  await becomes(server, REDIS, { attic: 0, nas: 0 });
  assert.deepEqual(await server.sql("SELECT count(*) AS n FROM history WHERE hostname = 'edge'"), [{ n: 0 }]);
});

test('a host that takes the name of another becomes one with it', async ({ server, open }) => {
  const page = await twoHosts(server, open);
  await choose(page, REDIS, 'edge', 'Rename this host');
  await page.getByRole('textbox', { name: 'Name' }).fill('nas');
  await page.locator('.dialog').getByRole('button', { name: 'Rename' }).click();
  await becomes(server, REDIS, { nas: 0 });
  await until(async () => await card(page, REDIS).locator('.host').count() === 1, 'one chip');
});

test('a host without a name is refused in the dialog', async ({ server, open }) => {
  const page = await twoHosts(server, open);
  await choose(page, REDIS, 'edge', 'Rename this host');
  await page.getByRole('textbox', { name: 'Name' }).fill('  ');
  await page.keyboard.press('Enter');
  await visible(page.locator('.dialog').getByText('A host needs a name.'));
  await page.keyboard.press('Escape');
  assert.deepEqual(await states(server, REDIS), { edge: 0, nas: 0 });
});

test('what no longer runs is removed, on one host or whole, after a question', async ({ server, open }) => {
  const page = await twoHosts(server, open);
  await choose(page, REDIS, 'edge', 'Remove from this host');
  await page.locator('.dialog').getByRole('button', { name: 'Cancel' }).click();
  assert.deepEqual(await states(server, REDIS), { edge: 0, nas: 0 });
  await choose(page, REDIS, 'edge', 'Remove from this host');
  await page.locator('.dialog').getByRole('button', { name: 'Remove' }).click();
  await becomes(server, REDIS, { nas: 0 });
  await more(page, REDIS, 'Remove');
  await page.locator('.dialog').getByRole('button', { name: 'Remove' }).click();
  await becomes(server, REDIS, {});
  await until(async () => (await shownImages(page)).length === 0, 'an empty list');
  const [{ n }] = await server.sql(`SELECT count(*) AS n FROM history WHERE image = '${REDIS}' AND action = 'removed'`);
  assert.equal(n, 2);
});

test('the history of an image says what came, what was done, and by whom', async ({ server, open }) => {
  await twoHosts(server, () => null);
  await server.webhook(event(REDIS, { hostname: 'nas', digest: sha('second') }));
  const page = await open();
  await card(page, REDIS).locator('.tick').click();
  await becomes(server, REDIS, { edge: 1, nas: 1 });
  await page.keyboard.press('3');
  await card(page, REDIS).focus();
  await page.keyboard.press('h');
  const rows = page.locator('.timeline li p');
  await until(async () => await rows.count() === 5, 'five events');
  const texts = (await rows.allTextContents()).map((text) => text.replace(/\s+/g, ' '));
  assert.match(texts[0], /^Acknowledged on (edge|nas)/);
  assert.match(texts[2], /^Update from nas linux\/amd64/);
  assert.match(texts[4], /^Update from edge/);
  assert.match(await page.locator('.timeline time').first().getAttribute('title'), /\d{4}/);
  await page.keyboard.press('Escape');
  await hidden(page.locator('.dialog'));
});

test('a long history is shown page by page', async ({ server, open }) => {
  for (let i = 0; i < 60; i++) await server.webhook(event(REDIS, { digest: sha(`build ${i}`) }));
  const page = await open();
  await shows(card(page, REDIS).locator('.age'), /^pushed 60 times, /);
  await more(page, REDIS, 'History');
  const rows = page.locator('.timeline li');
  await until(async () => await rows.count() === 50, 'the first page');
  await page.locator('.timeline').getByRole('button', { name: 'Show older' }).click();
  await until(async () => await rows.count() === 60, 'the rest');
  await hidden(page.locator('.timeline').getByRole('button', { name: 'Show older' }));
});

test('an image that is pushed again and again says how often and since when', async ({ server, open }) => {
  for (let i = 0; i < 4; i++) await server.webhook(event(REDIS, { digest: sha(`build ${i}`) }));
  await server.age([event(REDIS, { _age: 38 * 86400 + 60 })]);
  const page = await open();
  await shows(card(page, REDIS).locator('.age'), 'pushed 4 times, pending for 38 days');
});

test('a test from Diun is told and not listed', async ({ server, open }) => {
  await server.webhook(event(BUSYBOX));
  const page = await open();
  await server.webhook(event(TEST.image, TEST));
  await visible(toast(page, /Test received from nas, (just now|\d+ seconds? ago)/));
  assert.deepEqual(await shownImages(page), [BUSYBOX]);
  const [{ n }] = await server.sql("SELECT count(*) AS n FROM history WHERE action = 'test'");
  assert.equal(n, 1);
});

test('the first steps say that a test has come', async ({ server, open }) => {
  const page = await open();
  await visible(page.getByText('Nothing has arrived yet'));
  await server.webhook(event(TEST.image, TEST));
  await visible(page.locator('#empty').getByText(/Test received from nas/));
  await visible(page.getByText('It works'));
});

test('a change of one image is asked for by the revision, and answered with it alone', async ({ server, open }) => {
  for (let i = 0; i < 30; i++) await server.webhook(event(`docker.io/library/app${i}:1`));
  const page = await open();
  const answers = [];
  page.on('response', (response) => {
    if (response.url().includes('since=') && response.status() === 200) answers.push(response.json());
  });
  await server.webhook(event('docker.io/library/app7:1', { digest: sha('new') }));
  const [change] = await until(async () => answers.length && Promise.all(answers), 'an answer');
  assert.deepEqual(Object.keys(change.updates), ['docker.io/library/app7:1']);
  assert.equal(change.full, undefined);
});

test('a tag that is made elsewhere appears by itself', async ({ server, open }) => {
  await server.webhook(event(REDIS));
  const page = await open();
  const { id } = await server.call('POST', 'api/tags', { name: 'caches' });
  await server.call('PUT', 'api/tag-assignments', { image: REDIS, tag_id: id });
  await visible(section(page, 'caches').locator(card(page, REDIS)));
});
