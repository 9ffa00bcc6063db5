// many.test.mjs - two thousand images
//
// Speed is reported, and asserted only where the goal is far away from what
// any machine needs.
//
// Copyright (c) 2026 The diundash authors
// SPDX-License-Identifier: ISC

import assert from 'node:assert/strict';
import { fleet } from './fleet.mjs';
import { card, shownImages, shows, test, until } from './harness.mjs';

export const alone = true;

const MANY = fleet(2000);

/* The rows at once, as the webhooks and clicks would have left them. */
async function insert(server) {
  const text = (value) => `'${value.replaceAll("'", "''")}'`;
  const rows = MANY.map((event) => `INSERT INTO updates (image, diun_version, hostname, status, provider, hub_link,
    mime_type, digest, created, platform, ctn_name, ctn_id, ctn_state, ctn_status, received_at, acknowledged_at) VALUES (
    ${[event.image, event.diun_version, event.hostname, event.status, event.provider, event.hub_link, event.mime_type,
    event.digest, event.created, event.platform, event.metadata.ctn_names, event.metadata.ctn_id,
    event.metadata.ctn_state, event.metadata.ctn_status,
    new Date(Date.now() - event._age * 1000).toISOString().replace(/\.\d+/, '')].map(text).join(', ')},
    ${event._acknowledged ? "'2026-01-01 00:00:00'" : 'NULL'})`);
  const names = [...new Set(MANY.map((event) => event._tag).filter(Boolean))];
  const tags = names.map((name) => `INSERT INTO tags (name) VALUES (${text(name)})`);
  const filed = MANY.filter((event) => event._tag).map((event) => `INSERT INTO tag_assignments (image, tag_id)
    SELECT ${text(event.image)}, id FROM tags WHERE name = ${text(event._tag)}`);
  const hosts = `INSERT INTO host_updates (image, hostname, event_id, reference, status, provider, hub_link, digest,
    created, platform, containers, first_pending_at, received_at, acknowledged_at) SELECT image, hostname, 1, image,
    status, provider, hub_link, digest, created, platform, json_array(ctn_name), received_at, received_at,
    acknowledged_at FROM updates`;
  await server.change(['BEGIN IMMEDIATE', ...rows, hosts, ...tags, ...filed, 'COMMIT'].join(';\n'));
}

const watchFirst = (page) => page.addInitScript(() => {
  new MutationObserver((list, self) => {
    if (!document.querySelector('.card')) return;
    self.disconnect();
    requestAnimationFrame(() => setTimeout(() => { window.firstList = performance.now(); }));
  }).observe(document, { subtree: true, childList: true });
});

/*
 * The processor's time of the page, in seconds: on a machine that is busy with
 * something else the clock on the wall says little.
 */
async function meter(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  return async () => (await session.send('Performance.getMetrics')).metrics
    .find(({ name }) => name === 'TaskDuration').value;
}

test('the first list costs less than a second', async ({ server, open, note }) => {
  await insert(server);
  await (await open()).locator('.card').first().waitFor();     // a first time, for the caches
  let used = null;
  const page = await open({ before: async (fresh) => {
    await watchFirst(fresh);
    used = await meter(fresh);
  } });
  const seconds = await used();
  await until(() => page.evaluate(() => window.firstList), 'the first list');
  const { load, first, cards } = await page.evaluate(() => ({
    load: performance.getEntriesByType('navigation')[0].loadEventEnd,
    first: window.firstList,
    cards: document.querySelectorAll('.card').length,
  }));
  note(`load after ${Math.round(load)} ms, the first list after ${Math.round(first)} ms; ${
    Math.round(seconds * 1000)} ms of the processor`);
  assert.ok(seconds > 0 && seconds < 1, `${seconds} s`);
  assert.ok(cards > 0 && cards < 2000);
  await shows(page.locator('[data-figure=images]'), '2,000');
});

test('typing in the search goes on while the list follows', async ({ server, open, note }) => {
  await insert(server);
  const page = await open();
  await until(async () => (await shownImages(page)).length > 100, 'the list');
  await page.click('#search');
  await page.evaluate(() => {
    window.frames = [];
    let last = performance.now();
    const tick = (now) => {
      frames.push(now - last);
      last = now;
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
  for (const letter of 'harbor-worker') {
    await page.keyboard.press(letter);
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
  await until(async () => {
    const shown = await shownImages(page);
    return shown.length > 0 && shown.every((image) => image.includes('harbor-worker'));
  }, 'the images that match');
  const [{ n }] = await server.sql(`SELECT count(*) AS n FROM updates
    WHERE image LIKE '%harbor-worker%' AND acknowledged_at IS NULL`);
  assert.equal((await shownImages(page)).length, n);
  const frames = await page.evaluate(() => window.frames);
  note(`the longest of ${frames.length} frames took ${Math.round(Math.max(...frames))} ms, the middle one ${
    Math.round(frames.sort((a, b) => a - b)[frames.length >> 1])} ms`);
});

test('one changed image touches one card', async ({ server, open }) => {
  await insert(server);
  const page = await open({ where: '?sort=name' });
  await until(async () => (await shownImages(page)).length > 100, 'the list');
  const [, second] = await shownImages(page);
  let count = -1;
  await until(async () => {
    const before = count;
    count = await page.locator('.card').count();
    return count === before;
  }, 'all cards to be made');
  await page.evaluate(() => {
    window.touched = [];
    new MutationObserver((list) => {
      for (const { target } of list) {
        const element = target.nodeType === Node.ELEMENT_NODE ? target : target.parentElement;
        touched.push(element.closest('.card')?.dataset.image ?? element.className);
      }
    }).observe(document.getElementById('list'), { subtree: true, childList: true, characterData: true, attributes: true });
  });
  const event = MANY.find(({ image }) => image === second);
  await server.webhook({ ...event, digest: 'sha256:feedfacefeedface' });
  await page.click('#refresh');
  await shows(card(page, second).locator('.digest'), 'feedfacefeed');
  const touched = await page.evaluate(() => [...new Set(window.touched)]);
  assert.deepEqual(touched, [second]);
});

test('a long section shows more as one comes near its end', async ({ server, open }) => {
  await insert(server);
  const page = await open({ where: '?tag=&status=all' });
  const [{ n }] = await server.sql(`SELECT count(*) AS n FROM updates
    WHERE image NOT IN (SELECT image FROM tag_assignments)`);
  await until(async () => (await shownImages(page)).length >= 60, 'the first cards');
  const before = (await shownImages(page)).length;
  assert.ok(before < n);
  await page.locator('.more-cards:visible').scrollIntoViewIfNeeded();
  await until(async () => (await shownImages(page)).length > before, 'more cards');
});

test('a card keeps its height when it comes into view, so that scrolling does not jump', async ({ server, open }) => {
  await insert(server);
  const page = await open();
  await until(async () => (await shownImages(page)).length > 100, 'the list');
  const heights = await page.locator('.card:visible').evaluateAll((nodes) => {
    const last = nodes.slice(-8);
    const before = last.map((node) => node.offsetHeight);
    for (const node of last) node.style.contentVisibility = 'visible';
    return last.map((node, i) => ({ before: before[i], after: node.offsetHeight }));
  });
  for (const { before, after } of heights) assert.ok(Math.abs(before - after) <= 1, `${before} becomes ${after}`);
});
