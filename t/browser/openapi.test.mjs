// openapi.test.mjs - the description of the API, by validators
//
// It stands beside the tests of the page because the validators need Node.js,
// too; it opens no page. That the document has every route is t/openapi.t's.
//
// Copyright (c) 2026 The diundash authors
// SPDX-License-Identifier: ISC

import assert from 'node:assert/strict';
import { Validator } from '@seriousme/openapi-schema-validator';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { test } from './harness.mjs';

const NGINX = 'docker.io/library/nginx:latest';
const REDIS = 'docker.io/library/redis:7';

const describe = (server) => fetch(`${server.url}api/openapi.json`).then((answer) => answer.json());

/* Objects may grow, but what is answered today is described. */
function close(node) {
  if (typeof node !== 'object' || node === null) return;
  if (node.type === 'object' && node.properties) node.additionalProperties ??= false;
  Object.values(node).forEach(close);
}

class Client {
  constructor(server, document) {
    this.server = server;
    this.document = document;
    close(document.components.schemas);
    this.ajv = new Ajv.default({ strict: false, allErrors: true });
    addFormats.default(this.ajv);
    this.ajv.addSchema(document, 'api');
    this.operations = new Map();
    for (const [path, item] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(item)) {
        if (operation.operationId) this.operations.set(operation.operationId, { ...operation, method, path });
      }
    }
    this.called = new Set();
  }

  resolve(node) {
    if (!node.$ref) return node;
    return node.$ref.slice(2).split('/').reduce((inner, key) => inner[key], this.document);
  }

  fits(schema, value, what) {
    const text = JSON.stringify(schema).replaceAll('"#/', '"api#/');
    const validate = this.ajv.compile(JSON.parse(text));
    assert.ok(validate(value), `${what}: ${this.ajv.errorsText(validate.errors)}\n${JSON.stringify(value)}`);
  }

  /* Calls an operation; its answer is one that is described for `status`. */
  async call(id, status, { path = {}, query = '', body, headers = {} } = {}) {
    const operation = this.operations.get(id);
    const where = operation.path.slice(1).replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(path[name]));
    const answer = await fetch(this.server.url + where + query, {
      method: operation.method.toUpperCase(),
      headers: { ...(body && { 'Content-Type': 'application/json' }), ...headers },
      body: body && JSON.stringify(body),
    });
    const what = `${id} ${status}`;
    const text = await answer.text();
    assert.equal(answer.status, status, `${what}: ${text}`);
    assert.ok(operation.responses[status], `${what} is described`);
    const response = this.resolve(operation.responses[status]);
    for (const name of Object.keys(response.headers ?? {})) assert.ok(answer.headers.has(name), `${what}: ${name}`);
    const content = response.content?.['application/json'];
    if (!content) {
      assert.equal(text, '', `${what} has no body`);
    } else {
      assert.equal(answer.headers.get('content-type'), 'application/json', what);
      this.fits(content.schema, JSON.parse(text), what);
    }
    this.called.add(`${id} ${status < 400 ? 'well' : 'ill'}`);
    return { headers: answer.headers, value: text && JSON.parse(text) };
  }
}

const event = (image, more = {}) => ({
  diun_version: '4.33.0', hostname: 'nas', status: 'update', provider: 'docker', image,
  digest: `sha256:${'1'.repeat(64)}`, created: '2026-03-23T10:00:00Z', platform: 'linux/amd64',
  metadata: { ctn_names: 'web', ctn_labels: ['a'] }, ...more,
});

test('the description of the API is OpenAPI 3.1', async ({ server }) => {
  const document = await describe(server);
  const { valid, errors } = await new Validator().validate(document);
  assert.ok(valid, JSON.stringify(errors));
  const { valid: still } = await new Validator().validate({ ...document, info: { title: 'no version' } });
  assert.equal(still, false, 'and the validator can say no');
});

test('its examples have the shapes that it describes', async ({ server }) => {
  const client = new Client(server, await describe(server));
  let examples = 0;
  for (const [id, { requestBody }] of client.operations) {
    if (!requestBody) continue;
    const content = requestBody.content['application/json'];
    client.fits(content.schema, content.example, id);
    examples += 1;
  }
  assert.ok(examples > 5);
});

test('every operation answers in the shapes that it describes', async ({ server }) => {
  const client = new Client(server, await describe(server));
  const call = client.call.bind(client);

  await call('describe', 200);
  await call('health', 200);
  await call('listUpdates', 200);
  await call('receiveEvent', 200, { body: event(NGINX) });
  await call('receiveEventByPut', 200, { body: event(NGINX), query: '?host=attic' });
  await call('receiveEvent', 200, { body: event(REDIS, { hostname: null, metadata: null }) });
  await call('receiveEvent', 400, { body: {} });
  await call('receiveEventByGet', 405);

  const { value: tag } = await call('createTag', 201, { body: { name: 'media' } });
  await call('createTag', 409, { body: { name: 'media' } });
  await call('createTag', 400, { body: { name: ' ' } });
  await call('assignTag', 204, { body: { image: NGINX, tag_id: tag.id } });
  await call('assignTag', 404, { body: { image: NGINX, tag_id: 999 } });
  const tags = await call('listTags', 200);
  await call('listTags', 304, { headers: { 'If-None-Match': tags.headers.get('etag') } });

  const list = await call('listUpdates', 200);
  assert.deepEqual(Object.keys(list.value).sort(), [NGINX, REDIS]);
  await call('changeUpdate', 204, { path: { image: NGINX }, query: '?host=nas' });
  await call('listUpdates', 200);
  await call('changeUpdate', 204, { path: { image: NGINX }, query: '?host=nas', body: { acknowledged: false } });
  await call('changeUpdate', 404, { path: { image: 'nothing' } });
  await call('changeUpdate', 400, { path: { image: NGINX }, body: { acknowledged: 'yes' } });
  await call('acknowledgeByTag', 200, { body: { tag_id: tag.id } });
  await call('acknowledgeByTag', 404, { body: { tag_id: 999 } });
  await call('acknowledgeAll', 200);
  await call('listUpdates', 200);
  await call('acknowledgeAll', 403, { headers: { Origin: 'https://elsewhere.example' } });

  await call('renameHost', 200, { path: { name: '' }, body: { name: 'shed' } });
  await call('renameHost', 404, { path: { name: 'nowhere' }, body: { name: 'shed' } });
  await call('unassignTag', 204, { body: { image: NGINX } });
  await call('unassignTag', 400, { body: {} });
  await call('renameTag', 200, { path: { id: tag.id }, body: { name: 'web' } });
  await call('renameTag', 404, { path: { id: 999 }, body: { name: 'rest' } });
  await call('removeUpdate', 204, { path: { image: NGINX } });
  await call('removeUpdate', 404, { path: { image: NGINX } });
  await call('deleteTag', 204, { path: { id: tag.id } });
  await call('deleteTag', 404, { path: { id: tag.id } });

  const since = list.headers.get('x-revision');
  const changes = await call('listUpdates', 200, { query: `?since=${since}` });
  assert.deepEqual(changes.value.removed, [NGINX]);
  assert.deepEqual(changes.value.tags, []);
  assert.equal(changes.value.full, undefined);
  const full = await call('listUpdates', 200, { query: '?since=999999999' });
  assert.equal(full.value.full, true);
  await call('listUpdates', 304, { headers: { 'If-None-Match': full.headers.get('etag') } });

  const page = await call('listHistory', 200, { query: '?limit=3' });
  assert.equal(page.value.history.length, 3);
  await call('listHistory', 200, { query: `?before=${page.value.before}` });
  await call('listHistory', 400, { query: '?limit=many' });

  for (const id of client.operations.keys()) {
    if (id !== 'receiveEventByGet') assert.ok(client.called.has(`${id} well`), `${id} was called`);
  }
});
