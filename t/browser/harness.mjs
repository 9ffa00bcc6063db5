// harness.mjs - servers, browsers and small helpers for the browser tests
//
// The tests of a file share a server: scripts/quickstart on a free port with a
// new database, which is emptied before each test. The page is looked at
// through Debian's Chromium, the database through the sqlite3 command. Whatever
// the page writes to its console as an error or a warning, and every violation
// of its content security policy, fails the test, unless the test says that it
// expects them.
//
// Copyright (c) 2026 The diundash authors
// SPDX-License-Identifier: ISC

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';

const run = promisify(execFile);
const here = path.dirname(fileURLToPath(import.meta.url));
export const source = process.env.DIUNDASH_SRC ?? path.resolve(here, '../..');

export const PATIENCE = 15000;

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

const tests = [];

/* One test; run gets a Scene. */
export function test(name, run) {
  tests.push({ name, run });
}

/* The tests that have been declared since the last call. */
export const declared = () => tests.splice(0);

/* Waits until look() gives something true, and returns it. */
export async function until(look, what = 'a condition', patience = PATIENCE) {
  const end = Date.now() + patience;
  for (;;) {
    const value = await look();
    if (value) return value;
    if (Date.now() > end) assert.fail(`waited in vain for ${what}`);
    await sleep(40);
  }
}

const text = (value) => `'${value.replaceAll("'", "''")}'`;

const running = new Set();

/* Stops what is still running, in an emergency. */
export const endServers = () => Promise.all([...running].map((server) => server.end()));

export class Server {
  static async start(environment = {}) {
    const server = new Server();
    server.environment = environment;
    server.folder = await mkdtemp(path.join(os.tmpdir(), 'diundash-browser-'));
    server.db = path.join(server.folder, 'diundash.db');
    for (let attempt = 1; ; attempt++) {
      server.port = await freePort();
      try {
        await server.begin();
        return server;
      } catch (error) {
        if (attempt === 3) throw error;
      }
    }
  }

  get url() {
    return `http://127.0.0.1:${this.port}${this.prefix ?? ''}/`;
  }

  /* Starts a server by `start(server)`, which returns the child process. */
  static async startOther(start, word) {
    const server = new Server();
    server.environment = {};
    server.folder = await mkdtemp(path.join(os.tmpdir(), 'diundash-browser-'));
    server.db = path.join(server.folder, 'diundash.db');
    server.port = await freePort();
    server.watch(await start(server));
    await until(() => fetch(`${server.url}healthz`).then(({ ok }) => ok, () => server.child.exitCode !== null),
      word);
    assert.equal(server.child.exitCode, null, server.output);
    return server;
  }

  watch(child) {
    this.child = child;
    this.output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text) => { this.output += text; });
    }
    this.gone = new Promise((resolve) => { child.on('close', resolve); });
    running.add(this);
    this.gone.then(() => running.delete(this));
  }

  /* Starts quickstart on the port and the database that are set. */
  async begin() {
    this.watch(spawn(path.join(source, 'scripts/quickstart'),
      ['--no-install', '--port', String(this.port), '--db', this.db, '--workers', '2'],
      { env: { ...process.env, DIUNDASH_LOG_LEVEL: 'error', ...this.environment } }));
    await until(async () => {
      if (this.child.exitCode !== null) throw new Error(`quickstart ended: ${this.output}`);
      return this.output.includes('diundash is ready');
    }, 'quickstart', 60000);
  }

  /* As Ctrl-C: the database stays. */
  async end() {
    if (this.child.exitCode === null) this.child.kill('SIGINT');
    await this.gone;
  }

  async remove() {
    await this.end();
    await rm(this.folder, { recursive: true, force: true });
  }

  async call(method, where, body) {
    const answer = await fetch(this.url + where, {
      method,
      headers: { 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    assert.ok(answer.ok, `${method} ${where}: ${answer.status} ${await answer.clone().text()}`);
    return answer.status === 200 || answer.status === 201 ? answer.text().then((text) => (text ? JSON.parse(text) : null)) : null;
  }

  webhook(event) {
    const body = Object.fromEntries(Object.entries(event).filter(([key]) => !key.startsWith('_')));
    return this.call('POST', 'webhook', body);
  }

  /* Sends events, then files, ages and acknowledges them as they say. */
  async fill(events) {
    const queue = [...events];
    await Promise.all(Array.from({ length: 12 }, async () => {
      for (let event = queue.shift(); event; event = queue.shift()) await this.webhook(event);
    }));
    const tags = await this.call('GET', 'api/tags');
    const ids = new Map(tags.map(({ id, name }) => [name, id]));
    for (const event of events) {
      if (event._tag && !ids.has(event._tag)) {
        ids.set(event._tag, (await this.call('POST', 'api/tags', { name: event._tag })).id);
      }
    }
    const rest = events.filter((event) => event._tag || event._acknowledged);
    await Promise.all(Array.from({ length: 12 }, async () => {
      for (let event = rest.shift(); event; event = rest.shift()) {
        if (event._tag) {
          await this.call('PUT', 'api/tag-assignments', { image: event.image, tag_id: ids.get(event._tag) });
        }
        if (event._acknowledged) await this.call('PATCH', `api/updates/${event.image}`);
      }
    }));
    const aged = events.filter((event) => event._age);
    if (aged.length) await this.age(aged);
  }

  /* Moves events into the past, behind the server's back: before any page. */
  async age(events) {
    const when = (event) => new Date(Date.now() - event._age * 1000).toISOString().replace(/\.\d+/, '');
    await this.change(['BEGIN IMMEDIATE', ...events.map((event) => (
      `UPDATE updates SET received_at = ${text(when(event))} WHERE image = ${text(event.image)};
      UPDATE host_updates SET received_at = ${text(when(event))}, first_pending_at = ${text(when(event))}
      WHERE image = ${text(event.image)}`)), 'COMMIT'].join(';\n'));
  }

  /* Takes every image and tag out, behind the server's back. */
  async empty() {
    const tables = await this.sql(`SELECT name FROM sqlite_master WHERE type = 'table' AND
      EXISTS (SELECT 1 FROM pragma_table_info(sqlite_master.name) WHERE name = 'image')`);
    await this.change(['BEGIN IMMEDIATE', ...tables.map(({ name }) => `DELETE FROM ${name}`),
      'DELETE FROM tags', 'COMMIT'].join(';\n'));
  }

  /* Writes as the server does: with the writer lock. */
  change(statements) {
    return this.sql(statements, ['flock', `${this.db}.lock`]);
  }

  /* Rows of a query, as objects. */
  async sql(query, before = []) {
    const [program, ...options] = [...before, 'sqlite3', '-bail', '-json', '-cmd', '.timeout 5000', this.db];
    const child = run(program, options, { maxBuffer: 64e6 });
    child.child.stdin.end(`${query};\n`);
    const { stdout } = await child;
    return stdout.trim() ? JSON.parse(stdout) : [];
  }

  async acknowledged(image) {
    const rows = await this.sql(`SELECT acknowledged_at IS NOT NULL AS yes FROM updates WHERE image = ${text(image)}`);
    return rows[0]?.yes === 1;
  }

  async tagOf(image) {
    const rows = await this.sql(`SELECT name FROM tag_assignments JOIN tags ON tags.id = tag_id WHERE image = ${text(image)}`);
    return rows[0]?.name ?? null;
  }
}

/* Keeps a write transaction open until it is called. */
export async function lockDatabase(server) {
  const child = spawn('flock', [`${server.db}.lock`, 'sh', '-c', 'echo locked; read line']);
  await new Promise((resolve) => { child.stdout.once('data', resolve); });
  return async () => {
    child.stdin.end('\n');
    await new Promise((resolve) => { child.on('close', resolve); });
  };
}

let browser = null;

export async function openBrowser() {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

export const closeBrowser = () => browser?.close();

/*
 * A page in a context of its own. options.expected: patterns of console
 * messages that belong to the test (a server that is away makes some).
 */
export async function openPage(server, { where = '', width = 1280, height = 900, theme = 'light', expected = [], wait = true, context: visited, before, server: _, ...more } = {}) {
  const context = visited ?? await browser.newContext({
    viewport: { width, height }, colorScheme: theme, reducedMotion: 'no-preference', locale: 'en-GB', ...more,
  });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  page.complaints = [];
  page.requests = [];
  page.polls = () => page.requests.filter(({ url }) => /\/api\/updates(\?|$)/.test(url)).length;
  const complain = (text) => {
    if (!expected.some((pattern) => pattern.test(text))) page.complaints.push(text);
  };
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complain(`${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => complain(`${error.stack ?? error}`));
  page.on('dialog', (dialog) => {
    complain(`a dialog opened: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on('request', (request) => page.requests.push({ url: request.url(), at: Date.now(), request }));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`violation of the policy: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  await before?.(page);
  await page.goto(server.url + where);
  if (wait) await page.locator('#loading').waitFor({ state: 'hidden' });
  return page;
}

export async function closePage(page) {
  const { complaints } = page;
  await page.context().close();
  assert.deepEqual(complaints, [], 'the console stays silent');
}

/* What a test works with: a server, and pages that are closed after it. */
export class Scene {
  constructor(server, note) {
    this.server = server;
    this.note = note;
    this.pages = [];
    this.open = this.open.bind(this);
    this.fill = this.fill.bind(this);
  }

  async open(options = {}) {
    const page = await openPage(options.server ?? this.server, options);
    this.pages.push(page);
    return page;
  }

  async fill(events) {
    await this.server.fill(events);
    return events;
  }

  /* Runs a test; the pages are closed whatever happens, and judged. */
  async play(run) {
    try {
      await run(this);
    } catch (error) {
      for (const page of this.pages) {
        for (const complaint of page.complaints) this.note(`the console: ${complaint}`);
        await page.context().close().catch(() => {});
      }
      throw error;
    }
    for (const page of this.pages) await closePage(page);
  }
}

/* The card of an image, and the section of a tag (or 'Untagged'). */
export const card = (page, image) => page.locator(`.card[data-image=${JSON.stringify(image)}]`);
export const section = (page, name) => page.locator('.group', {
  has: page.locator('.group-name', { hasText: new RegExp(`^${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`) }),
});
export const shownImages = (page) => page.locator('.card:not([hidden], .leaving)').evaluateAll((nodes) => (
  nodes.filter((node) => node.checkVisibility()).map((node) => node.dataset.image)));
/* The button of the message that is not on its way out. */
export const undo = (page) => page.locator('.toast:not([inert])').getByRole('button', { name: 'Undo' });
export const visible = (locator) => locator.waitFor({ state: 'visible' });
export const hidden = (locator) => locator.waitFor({ state: 'hidden' });

export async function shows(locator, text) {
  await until(async () => {
    const now = (await locator.textContent())?.trim();
    return text instanceof RegExp ? text.test(now) : now === text;
  }, `the text ${text}`).catch(async () => {
    assert.fail(`expected ${text}, found '${(await locator.textContent())?.trim()}'`);
  });
}
