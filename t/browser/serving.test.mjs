// serving.test.mjs - how the page is served: headers, caching, compression, size
//
// Copyright (c) 2026 The diundash authors
// SPDX-License-Identifier: ISC

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { symlink, writeFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { event, fleet } from './fleet.mjs';
import { card, section, Server, shownImages, shows, source, test, until, visible } from './harness.mjs';

const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const folder = path.join(source, 'htdocs');
const files = readdirSync(folder, { recursive: true }).filter((name) => statSync(path.join(folder, name)).isFile());

/* Like fetch, but with the body as it travels. */
function get(url, headers = {}) {
  return new Promise((resolve, reject) => {
    http.get(url, { headers }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts) }));
    }).on('error', reject);
  });
}

test('every file is served with the policy, its type, and an ETag that saves it the second time', async ({ server }) => {
  assert.ok(files.length > 20);
  for (const name of files) {
    const { status, headers, body } = await get(server.url + name);
    assert.equal(status, 200, name);
    assert.equal(headers['content-security-policy'], POLICY, name);
    assert.equal(headers['x-content-type-options'], 'nosniff', name);
    assert.equal(headers['referrer-policy'], 'no-referrer', name);
    assert.equal(headers['cache-control'], 'no-cache', name);
    assert.doesNotMatch(headers['content-type'], /octet-stream/, name);
    assert.deepEqual(body, readFileSync(path.join(folder, name)), name);
    const again = await get(server.url + name, { 'If-None-Match': headers.etag });
    assert.equal(again.status, 304, name);
    assert.equal(again.body.length, 0, name);
  }
});

test('text is compressed on the way, files and answers alike', async ({ server, fill }) => {
  await fill(fleet(12));
  const accepts = { 'Accept-Encoding': 'gzip' };
  for (const name of ['', 'css/page.css', 'js/list.js', 'api/updates']) {
    const plain = await get(server.url + name);
    const small = await get(server.url + name, accepts);
    assert.equal(small.headers['content-encoding'], 'gzip', name);
    assert.ok(small.body.length < plain.body.length / 2, name);
    assert.match(small.headers.vary ?? '', /accept-encoding/i, name);
    assert.equal((await get(server.url + name, { ...accepts, 'If-None-Match': small.headers.etag })).status, 304, name);
  }
});

test('everything that the page loads is under 100 kB uncompressed, and comes from here', async ({ server, fill, open, note }) => {
  await fill(fleet(12));
  const page = await open();
  await page.waitForLoadState('networkidle');
  const loaded = () => page.evaluate(() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
    .filter(({ name }) => !name.includes('/api/')).map(({ name, decodedBodySize: size }) => ({ name, size })));
  const first = await loaded();
  const total = (list) => list.reduce((sum, { size }) => sum + size, 0);
  for (const { name, size } of first) {
    assert.ok(name.startsWith(server.url), name);
    assert.ok(size > 0, name);
  }
  await page.mouse.move(400, 400);
  await page.click('#help');
  await visible(page.getByRole('dialog'));
  note(`${total(first)} bytes for the list, ${total(await loaded())} with menus, dialogs and dragging`);
  assert.ok(first.length > 15 && total(first) < 100000, `${total(first)} bytes`);
});

test('below a path all works the same', async ({ open }) => {
  const server = await Server.startOther(async (other) => {
    other.prefix = '/diun';
    await symlink(path.join(source, 'build/cgi-bin/diundash.fcgi'), path.join(other.folder, 'diundash.fcgi'));
    await symlink(folder, path.join(other.folder, 'htdocs'));
    await writeFile(path.join(other.folder, 'lighttpd.conf'), `
server.bind = "127.0.0.1"
server.port = ${other.port}
server.document-root = "${other.folder}"
server.upload-dirs = ( "${other.folder}" )
server.modules = ()
var.diundash_prefix = "/diun"
var.diundash_htdocs = "${other.folder}/htdocs"
var.diundash_worker = "${other.folder}/diundash.fcgi"
var.diundash_workers = "2"
var.diundash_socket = "${other.folder}/socket"
var.diundash_spawn = "/usr/bin/multiwatch"
include "${source}/conf/lighttpd/diundash.conf"
include "${source}/conf/lighttpd/workers.conf"
`);
    return spawn('lighttpd', ['-D', '-f', path.join(other.folder, 'lighttpd.conf')],
      { env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin`, DB_PATH: other.db } });
  }, 'lighttpd');
  try {
    const page = await open({ server });
    await visible(page.locator('[data-snippet=yaml]', { hasText: `endpoint: ${server.url}webhook` }));
    await server.webhook(event('docker.io/library/nginx:1'));
    await server.webhook(event('docker.io/library/redis:8'));
    await page.click('#refresh');
    await until(async () => (await shownImages(page)).length === 2, 'the list');
    await card(page, 'docker.io/library/nginx:1').locator('.tick').click();
    await until(() => server.acknowledged('docker.io/library/nginx:1'), 'the database');
    await page.click('#new-tag');
    await page.keyboard.type('web');
    await page.keyboard.press('Enter');
    await visible(section(page, 'web'));
    await card(page, 'docker.io/library/redis:8').locator('.more').click();
    await page.getByRole('menuitemradio', { name: 'web' }).click();
    await until(async () => await server.tagOf('docker.io/library/redis:8') === 'web', 'the database');
    await page.selectOption('#filter-tag', { label: 'web' });
    assert.equal(new URL(page.url()).pathname, '/diun/');
    await page.reload();
    await visible(section(page, 'web').locator(card(page, 'docker.io/library/redis:8')));
    await shows(page.locator('#pending'), '1 pending');
    assert.ok(page.requests.every(({ url }) => url.startsWith(server.url)));
  } finally {
    await server.remove();
  }
});
