/*
 * api.js - the server's routes as functions
 *
 * Addresses are relative to the page. What changed is asked for by the revision
 * that is known, and comes back as null when nothing has. Whatever goes wrong
 * is thrown as Failure, whose message is one line for a person.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */

import { noteServerTime } from './time.js';

const PATIENCE = 15000;

export class Failure extends Error {
  /* status 0: there was no answer at all. */
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

const WORDS = {
  401: 'your sign-in has ended; load the page again',
  403: 'the server does not allow it',
  404: 'the server does not know it any more',
  413: 'it is too large',
  502: 'the web server cannot reach its worker',
  503: 'the server is busy',
  504: 'the worker did not answer in time',
};

async function explain(response) {
  try {
    const { error } = await response.json();
    if (typeof error === 'string' && error) return error;
  } catch { /* not JSON: a proxy's own page, say */ }
  return WORDS[response.status] ?? `the server answered ${response.status}`;
}

async function call(path, options = {}) {
  let response;
  try {
    response = await fetch(path, {
      cache: 'no-store', redirect: 'manual', signal: AbortSignal.timeout(PATIENCE), ...options,
    });
  } catch (error) {
    throw new Failure(error.name === 'TimeoutError'
      ? 'the server did not answer in time' : 'the server cannot be reached');
  }
  noteServerTime(response.headers.get('Date'));
  if (response.type === 'opaqueredirect') throw new Failure(WORDS[401], 401);
  if (!response.ok && response.status !== 304) {
    throw new Failure(await explain(response), response.status);
  }
  return response;
}

async function parse(response) {
  try {
    return await response.json();
  } catch {
    throw new Failure('the answer is not what was expected; is there a login page in front?',
      response.status);
  }
}

function send(method, path, body) {
  const options = { method };
  if (body !== undefined) {
    options.headers = { 'Content-Type': 'application/json' };
    options.body = JSON.stringify(body);
  }
  return call(path, options);
}

/* What the last answer was of: nothing yet. */
let known = { revision: '', etag: null };

/*
 * What changed since the last answer: {revision, updates, removed, tags?}, all
 * of it at first, marked full; null when nothing has.
 */
export async function fetchChanges() {
  const { revision, etag } = known;
  const response = await call(`api/updates?since=${revision}`, { headers: etag ? { 'If-None-Match': etag } : {} });
  if (response.status === 304) return null;
  const data = await parse(response);
  known = { revision: data.revision, etag: response.headers.get('ETag') };
  return data;
}

/* A page of history, the newest first: {history, before}. */
export async function fetchHistory(query) {
  return parse(await call(`api/history?${new URLSearchParams(query)}`));
}

/* Slashes stay as they are: the image is the rest of the path. */
function imagePath(image, host) {
  const path = `api/updates/${image.split('/').map(encodeURIComponent).join('/')}`;
  return host === undefined ? path : `${path}?host=${encodeURIComponent(host)}`;
}

/* Without a host: on all of the image's hosts. */
export const acknowledge = (image, host) => send('PATCH', imagePath(image, host));
export const reopen = (image, host) => send('PATCH', imagePath(image, host), { acknowledged: false });
export const remove = (image, host) => send('DELETE', imagePath(image, host));
export const renameHost = (from, to) => (
  send('POST', `api/hosts/${encodeURIComponent(from)}/rename`, { name: to }));
export const acknowledgeAll = async () => parse(await send('POST', 'api/updates/acknowledge-all'));
export const acknowledgeByTag = async (id) => (
  parse(await send('POST', 'api/updates/acknowledge-by-tag', { tag_id: id })));
export const createTag = async (name) => parse(await send('POST', 'api/tags', { name }));
export const renameTag = async (id, name) => parse(await send('PATCH', `api/tags/${id}`, { name }));
export const deleteTag = (id) => send('DELETE', `api/tags/${id}`);
export const assignTag = (image, id) => (
  send('PUT', 'api/tag-assignments', { image, tag_id: id }));
export const unassignTag = (image) => send('DELETE', 'api/tag-assignments', { image });
