// live.test.mjs - the page keeps itself up to date, and tells when it cannot
//
// Where pauses matter the page's clock is in the hands of the test, so that
// nothing depends on how fast the machine is.
//
// Copyright (c) 2026 The diundash authors
// SPDX-License-Identifier: ISC

import assert from 'node:assert/strict';
import { event, fleet } from './fleet.mjs';
import { card, hidden, Server, shownImages, shows, test, until, undo, visible } from './harness.mjs';

const BUSYBOX = 'docker.io/library/busybox:1';
const AWAY = [/Failed to load resource/, /ERR_CONNECTION/];

/* Time stands still until the test lets it pass. */
const stopClock = async (page) => {
  await page.clock.install();
  await page.clock.pauseAt(Date.now() + 1000);
};

/* Lets seconds pass one by one; the second of each request for the list. */
async function pass(page, seconds) {
  const at = [];
  for (let second = 1; second <= seconds; second++) {
    const before = page.polls();
    await page.clock.runFor(1000);
    /* An answer, or its failure, is worked on before the next second. */
    await page.evaluate(() => fetch('img/calm.svg').catch(() => {}));
    await page.evaluate(() => new Promise((resolve) => { queueMicrotask(resolve); }));
    if (page.polls() > before) at.push(second);
  }
  return at;
}

const setHidden = (page, value) => page.evaluate((is) => {
  Object.defineProperty(document, 'hidden', { value: is, configurable: true });
  Object.defineProperty(document, 'visibilityState', { value: is ? 'hidden' : 'visible', configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}, value);

/* Loads with a clock that stands still; slices of cards need it to move. */
async function openStopped(open, more = {}) {
  const page = await open({ wait: false, before: stopClock, ...more });
  await until(async () => {
    await page.clock.runFor(20);
    return page.locator('#loading').isHidden();
  }, 'the first list');
  return page;
}

test('it asks every five seconds, and an unchanged list costs a 304', async ({ fill, open }) => {
  await fill(fleet(3));
  const page = await openStopped(open);
  const answers = [];
  page.on('response', (response) => {
    if (/\/api\/updates(\?|$)/.test(response.url())) answers.push(response);
  });
  const seconds = await pass(page, 21);
  assert.ok(seconds.length >= 3 && seconds.length <= 4, seconds.join());
  for (let i = 1; i < seconds.length; i++) assert.ok(seconds[i] - seconds[i - 1] >= 5, seconds.join());
  await until(() => answers.length >= 3, 'the answers');
  for (const answer of answers) {
    assert.equal(answer.status(), 304);
    assert.match((await answer.request().allHeaders())['if-none-match'], /^"/);
  }
});

test('it does not ask while it is hidden, and at once when it is seen again', async ({ server, fill, open }) => {
  await fill(fleet(3));
  const page = await openStopped(open);
  await setHidden(page, true);
  assert.deepEqual(await pass(page, 30), []);
  await shows(page.locator('#pulse'), 'Paused');
  await server.webhook(event(BUSYBOX));
  await setHidden(page, false);
  await until(async () => {
    await page.clock.runFor(20);
    return card(page, BUSYBOX).isVisible();
  }, 'the new image');
});

test('it asks more and more seldom while the server does not answer', async ({ fill, open }) => {
  await fill(fleet(3));
  const page = await openStopped(open, { expected: AWAY });
  await page.route('**/api/**', (route) => route.abort());
  const seconds = await pass(page, 85);
  const gaps = seconds.slice(1).map((second, i) => second - seconds[i]);
  [5, 10, 20, 40].forEach((gap, i) => {
    assert.ok(gaps[i] >= gap && gaps[i] <= gap + 3, `pauses of ${gaps.join()} seconds`);
  });
  assert.ok(gaps.every((gap) => gap <= 63), gaps.join());
});

test('something new raises a message that leaves by itself, and can be closed', async ({ server, fill, open }) => {
  await fill(fleet(3));
  const page = await open({ before: (fresh) => fresh.clock.install() });
  const toast = page.locator('.toast', { hasText: 'New: busybox:1' });
  await server.webhook(event(BUSYBOX));
  await visible(toast);
  await visible(card(page, BUSYBOX));
  await page.mouse.move(5, 5);
  await page.clock.runFor(10000);
  await hidden(toast);
  await server.webhook(event('docker.io/library/alpine:3'));
  await server.webhook(event('docker.io/library/debian:13'));
  await page.click('#refresh');
  const both = page.locator('.toast', { hasText: /alpine:3|debian:13/ }).first();
  await visible(both);
  while (await page.locator('.toast:not([inert])').count()) {
    await page.locator('.toast:not([inert])').first().getByRole('button', { name: 'Close this message' }).click();
  }
  await until(async () => await page.locator('.toast').count() === 0, 'the messages to go');
});

test('Show brings what is new into view, whatever the filters', async ({ server, fill, open }) => {
  await fill(fleet(20));
  const page = await open({ where: '?tag=media&q=jellyfin' });
  await server.webhook(event(BUSYBOX));
  await page.click('#refresh');
  await page.locator('.toast', { hasText: 'New: busybox:1' }).getByRole('button', { name: 'Show' }).click();
  await visible(card(page, BUSYBOX));
  await until(() => card(page, BUSYBOX).evaluate((node) => node === document.activeElement), 'the focus');
});

test('what has come since the last visit is marked, on the first visit nothing', async ({ server, fill, open }) => {
  await fill(fleet(6));
  const page = await open();
  assert.equal(await page.locator('.fresh:visible').count(), 0);
  const context = page.context();
  await page.goto('about:blank');
  await server.change("UPDATE updates SET received_at = '2026-01-01T00:00:00Z'");
  await server.webhook(event(BUSYBOX));
  const again = await open({ context });
  await visible(card(again, BUSYBOX).locator('.fresh'));
  await until(async () => (await shownImages(again)).length === 7, 'the list');
  assert.equal(await again.locator('.fresh:visible').count(), 1);
  await again.goto('about:blank');
  await again.goto(server.url);
  await visible(card(again, BUSYBOX));
  assert.equal(await again.locator('.fresh:visible').count(), 0);
});

test('an update touches its card alone: menu, focus and scroll stay', async ({ server, fill, open }) => {
  const images = (await fill(fleet(40))).map(({ image }) => image);
  const page = await open({ height: 500, where: '?status=all&sort=name' });
  await until(async () => (await shownImages(page)).length === 40, 'the whole list');
  const held = images[7];
  await card(page, held).locator('.more').scrollIntoViewIfNeeded();
  await card(page, held).locator('.more').click();
  await visible(page.getByRole('menu'));
  await page.keyboard.press('ArrowDown');
  const state = () => page.evaluate(() => ({ y: scrollY, focus: document.activeElement.textContent }));
  const before = await state();
  assert.ok(before.y > 0);
  await page.evaluate(() => {
    window.touched = new Set();
    new MutationObserver((list) => {
      for (const { target } of list) touched.add((target.closest ?? target.parentElement.closest).call(
        target.closest ? target : target.parentElement, '.card')?.dataset.image ?? target.className);
    }).observe(document.getElementById('list'), { subtree: true, childList: true, characterData: true, attributes: true });
  });
  const other = fleet(40).find(({ image }) => image === images[9]);
  await server.webhook({ ...other, digest: 'sha256:feedfacefeedfacefeedface' });
  await shows(card(page, images[9]).locator('.digest'), 'feedfacefeed');
  assert.deepEqual(await page.evaluate(() => [...touched]), [images[9]]);
  assert.deepEqual(await state(), before);
  await visible(page.getByRole('menu'));
});

test('two browsers side by side: what one acknowledges the other shows with its next poll', async ({ server, fill, open }) => {
  const images = (await fill(fleet(6))).map(({ image }) => image);
  const one = await open();
  const two = await open();
  await visible(card(two, images[1]));
  await one.bringToFront();
  await card(one, images[1]).locator('.tick').click();
  await until(() => server.acknowledged(images[1]), 'the database');
  const polls = two.polls();
  await hidden(card(two, images[1]));
  assert.ok(two.polls() - polls <= 1, `${two.polls() - polls} polls`);
  await shows(two.locator('#pending'), '5 pending');
  await undo(one).click();
  await visible(card(two, images[1]));
  await server.call('POST', 'api/tags', { name: 'together' });
  for (const page of [one, two]) await visible(page.locator('.group-name', { hasText: 'together' }));
});

test('the server goes away and comes back: nothing is lost, the page says so and recovers', async ({ fill: _, open }) => {
  const server = await Server.start();
  try {
    const images = fleet(6).map(({ image }) => image);
    await server.fill(fleet(6));
    const page = await open({ server, expected: [...AWAY, /50[234]/] });
    await card(page, images[0]).locator('.tick').click();
    await until(() => server.acknowledged(images[0]), 'the database');
    await server.end();
    await page.click('#refresh');
    await shows(page.locator('#notice strong'), /^Offline since \d+:\d\d/);
    await shows(page.locator('#pulse'), /^Offline since/);
    await visible(page.locator('#notice').getByText('the server cannot be reached'));
    assert.equal((await shownImages(page)).length, 5);
    await card(page, images[2]).locator('.tick').click();
    await visible(card(page, images[2]).getByRole('alert').filter({ hasText: 'Not acknowledged' }));
    await shows(page.locator('#pending'), '5 pending');
    await server.begin();
    await server.webhook(event(BUSYBOX));
    /* The longer it was away, the longer the pauses: a minute at most. */
    await page.locator('#notice').waitFor({ state: 'hidden', timeout: 75000 });
    await shows(page.locator('#pulse'), 'Live');
    await visible(card(page, BUSYBOX));
    await shows(page.locator('#pending'), '6 pending');
    assert.equal(await server.acknowledged(images[0]), true);
    assert.equal(await server.acknowledged(images[2]), false);
    await card(page, images[2]).locator('.tick').click();
    await until(() => server.acknowledged(images[2]), 'the database');
    await hidden(card(page, images[2]));
  } finally {
    await server.remove();
  }
});

test('a page that is opened while the workers are away says so, and fills by itself', async ({ fill, open }) => {
  await fill(fleet(3));
  const page = await open({
    wait: false, expected: AWAY,
    before: (fresh) => fresh.route('**/api/**', (route) => route.abort()),
  });
  await shows(page.locator('#notice strong'), /^Offline since/);
  await page.unroute('**/api/**');
  await page.getByRole('button', { name: 'Try now' }).click();
  await hidden(page.locator('#notice'));
  assert.equal((await shownImages(page)).length, 3);
});
