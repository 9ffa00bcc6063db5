// empty.test.mjs - the page before the first event teaches how to begin
//
// Copyright (c) 2026 The diundash authors
// SPDX-License-Identifier: ISC

import assert from 'node:assert/strict';
import { event } from './fleet.mjs';
import { card, hidden, test, visible } from './harness.mjs';

const snippet = (page, name) => page.locator(`[data-snippet=${name}]`);

test('an empty dashboard shows how to connect Diun to this very address', async ({ server, open }) => {
  const page = await open();
  await visible(page.getByRole('heading', { name: 'Nothing has arrived yet' }));
  const yaml = await snippet(page, 'yaml').textContent();
  assert.ok(yaml.includes(`notif:\n  webhook:\n    endpoint: ${server.url}webhook\n    method: POST\n`), yaml);
  const env = await snippet(page, 'env').textContent();
  assert.ok(env.includes(`DIUN_NOTIF_WEBHOOK_ENDPOINT: ${server.url}webhook\n`), env);
  assert.ok(env.includes('DIUN_NOTIF_WEBHOOK_METHOD: POST\n'), env);
  assert.match(await snippet(page, 'test').textContent(), /diun notif test/);
  await visible(page.getByText('An empty list is normal at first'));
  await visible(page.getByText('127.0.0.1 is the container itself'));
});

test('each snippet has a button that copies it', async ({ open }) => {
  const page = await open({ permissions: ['clipboard-read', 'clipboard-write'] });
  for (const name of ['yaml', 'env', 'test']) {
    await visible(snippet(page, name));
    const figure = page.locator('figure', { has: snippet(page, name) });
    await figure.getByRole('button', { name: 'Copy' }).click();
    await visible(figure.getByRole('button', { name: 'Copied' }));
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), await snippet(page, name).textContent());
  }
});

test('what is sent to the address shown takes the place of the first steps', async ({ server, open }) => {
  const page = await open();
  const [, endpoint] = (await snippet(page, 'yaml').textContent()).match(/endpoint: (\S+)/);
  const { _age, ...body } = event('docker.io/library/busybox:1');
  const answer = await fetch(endpoint, { method: 'POST', body: JSON.stringify(body) });
  assert.equal(answer.status, 200);
  await visible(card(page, 'docker.io/library/busybox:1'));
  await hidden(page.locator('#empty'));
  await visible(page.locator('#summary'));
  assert.deepEqual(await server.sql('SELECT image, acknowledged_at FROM updates'),
    [{ image: 'docker.io/library/busybox:1', acknowledged_at: null }]);
});
