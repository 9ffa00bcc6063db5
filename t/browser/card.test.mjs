// card.test.mjs - what a card tells, and acknowledging it
//
// Copyright (c) 2026 The diundash authors
// SPDX-License-Identifier: ISC

import assert from 'node:assert/strict';
import { event, fleet, sha } from './fleet.mjs';
import { card, hidden, shows, test, until, undo, visible } from './harness.mjs';

const DAY = 86400;
const NGINX = 'docker.io/library/nginx:1.29-alpine';

const built = (seconds) => new Date(Date.now() - seconds * 1000).toISOString().replace(/\.\d+/, '');

test('the avatar has initials, and a colour of its repository', async ({ fill, open }) => {
  await fill([event('ghcr.io/home-assistant/home-assistant:stable'), event('ghcr.io/home-assistant/home-assistant:beta'),
    event('docker.io/library/redis:8'), event('quay.io/other/redis:8')]);
  const page = await open();
  const look = (image) => card(page, image).locator('.avatar').evaluate((node) => (
    { text: node.textContent, colour: getComputedStyle(node).backgroundColor }));
  const stable = await look('ghcr.io/home-assistant/home-assistant:stable');
  const redis = await look('docker.io/library/redis:8');
  assert.equal(stable.text, 'HA');
  assert.equal(redis.text, 'RE');
  assert.deepEqual(await look('ghcr.io/home-assistant/home-assistant:beta'), stable);
  assert.notEqual((await look('quay.io/other/redis:8')).colour, redis.colour);
});

test('a card tells all that Diun told', async ({ fill, open }) => {
  await fill([
    event(NGINX, {
      hostname: 'edge', status: 'new', platform: 'linux/arm64/v8',
      metadata: { ctn_names: 'web-1,web-2', ctn_id: 'c0ffee', ctn_state: 'running', ctn_status: 'Up 3 weeks' },
    }),
    event(`registry.lan:5000/team/tool@${sha('pinned')}`),
  ]);
  const page = await open();
  const part = (name) => card(page, NGINX).locator(`.${name}`);
  await shows(part('repo'), 'nginx');
  await shows(part('version'), '1.29-alpine');
  await shows(part('registry'), 'docker.io');
  await shows(part('status'), 'new tag');
  await shows(part('hosts'), 'edge');
  await shows(part('containers'), 'web-1, web-2');
  await shows(part('platform'), 'linux/arm64/v8');
  await shows(part('digest'), sha(NGINX).slice(7, 19));
  assert.match(await part('containers').getAttribute('title'), /Up 3 weeks/);
  const pinned = card(page, 'registry.lan:5000/team/tool:latest');
  await shows(pinned.locator('h3'), 'team/tool');
  await shows(pinned.locator('.registry'), 'registry.lan:5000');
  await shows(pinned.locator('.version'), 'latest');
});

test('the digest is copied whole', async ({ fill, open }) => {
  await fill([event(NGINX)]);
  const page = await open({ permissions: ['clipboard-read', 'clipboard-write'] });
  await card(page, NGINX).getByRole('button', { name: /^Copy the digest/ }).click();
  await visible(page.locator('.toast', { hasText: 'Copied the digest' }));
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), sha(NGINX));
});

test('ages are in words, with the exact times in their titles', async ({ server, fill, open }) => {
  await fill([event(NGINX, { created: built(5 * DAY + 60), _age: 3 * DAY + 30 })]);
  const page = await open();
  const [{ received_at: received, created }] = await server.sql('SELECT received_at, created FROM updates');
  const exact = (text) => page.evaluate((value) => new Intl.DateTimeFormat(
    undefined, { dateStyle: 'full', timeStyle: 'medium' }).format(new Date(value)), text);
  await shows(card(page, NGINX).locator('.age'), 'pending for 3 days');
  await shows(card(page, NGINX).locator('.built'), 'image built 2 days earlier');
  assert.equal(await card(page, NGINX).locator('.age').getAttribute('title'),
    `Pending since ${await exact(received)}. Received ${await exact(received)}`);
  assert.equal(await card(page, NGINX).locator('.built').getAttribute('title'), `Built ${await exact(created)}`);
  assert.equal(Date.parse(await card(page, NGINX).locator('.age').getAttribute('datetime')), Date.parse(received));
});

test('an image without a date of its own says nothing about it', async ({ fill, open }) => {
  await fill([event(NGINX, { created: '0001-01-01T00:00:00Z' })]);
  const page = await open();
  await visible(card(page, NGINX).locator('.age'));
  await hidden(card(page, NGINX).locator('.built'));
});

test('a link leads out when it is http or https, and to nothing else', async ({ fill, open }) => {
  const links = { 'a/good:1': 'https://example.org/x', 'a/plain:1': 'http://example.org/', 'a/none:1': '',
    'a/script:1': 'javascript:alert(1)', 'a/data:1': 'data:text/html,x', 'a/odd:1': ' java\nscript:alert(1)' };
  await fill(Object.entries(links).map(([image, link]) => event(image, { hub_link: link })));
  const page = await open();
  for (const [image, link] of Object.entries(links)) {
    const out = card(page, image).locator('a');
    if (link.startsWith('http')) {
      assert.equal(await out.getAttribute('href'), link);
      assert.match(await out.getAttribute('rel'), /noopener/);
      assert.equal(await out.getAttribute('target'), '_blank');
    } else {
      assert.ok(await out.isHidden(), image);
      assert.equal(await out.getAttribute('href'), null);
    }
  }
});

test('one click acknowledges, and can be undone for a while', async ({ server, fill, open }) => {
  await fill(fleet(3));
  const image = fleet(3)[0].image;
  const page = await open();
  await card(page, image).getByRole('button', { name: /^Acknowledge/ }).click();
  await hidden(card(page, image));
  await shows(page.locator('#pending'), '2 pending');
  await until(() => server.acknowledged(image), 'the database');
  await undo(page).click();
  await visible(card(page, image));
  await shows(page.locator('#pending'), '3 pending');
  await until(async () => !await server.acknowledged(image), 'the database');
  await hidden(page.locator('.toast'));
});

test('acknowledged one by one, they are undone together', async ({ server, fill, open }) => {
  const images = (await fill(fleet(3))).map(({ image }) => image);
  const page = await open();
  for (const image of images.slice(0, 2)) {
    await card(page, image).getByRole('button', { name: /^Acknowledge/ }).click();
  }
  await visible(page.getByText('Acknowledged 2 images'));
  await until(async () => await server.acknowledged(images[0]) && await server.acknowledged(images[1]), 'the database');
  await undo(page).click();
  for (const image of images) await visible(card(page, image));
  await until(async () => !await server.acknowledged(images[0]) && !await server.acknowledged(images[1]), 'the database');
});

test('what is acknowledged steps back and can be reopened', async ({ server, fill, open }) => {
  const [{ image }] = await fill([event(NGINX, { _acknowledged: true })]);
  const page = await open();
  await visible(page.getByText('All caught up'));
  await page.getByRole('button', { name: 'Show the acknowledged' }).click();
  await card(page, image).getByRole('button', { name: /^Reopen/ }).click();
  await shows(page.locator('#pending'), '1 pending');
  await until(async () => !await server.acknowledged(image), 'the database');
});
