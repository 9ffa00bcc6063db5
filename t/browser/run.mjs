// run.mjs - runs the browser tests and reports in TAP
//
// `node run.mjs [--name=TEXT] [FILE...]`: all *.test.mjs, or those named; only
// tests with TEXT in their name, if it is given. A file gets a server
// of its own; two files run at a time; each test has a time limit. The plan
// comes last; the exit status is 0 only when nothing failed.
//
// Copyright (c) 2026 The diundash authors
// SPDX-License-Identifier: ISC

import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { closeBrowser, declared, endServers, openBrowser, Scene, Server } from './harness.mjs';

const LIMIT = 180000;
const here = path.dirname(fileURLToPath(import.meta.url));
const name = process.argv.find((argument) => argument.startsWith('--name='))?.slice(7) ?? '';
const named = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const files = named.length ? named
  : readdirSync(here).filter((file) => file.endsWith('.test.mjs')).sort().map((file) => path.join(here, file));

let count = 0;
let failed = 0;

const comment = (text) => String(text).replace(/^/gm, '# ');

function limited(promise) {
  let timer = null;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it took longer than ${LIMIT / 1000} seconds`)), LIMIT);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/* Runs one test; its result and what there is to say about it. */
async function perform(server, { name: title, run }) {
  const notes = [];
  const began = Date.now();
  let ok = true;
  try {
    await server.empty();
    await limited(new Scene(server, (text) => notes.push(text)).play(run));
  } catch (error) {
    ok = false;
    notes.push(error.stack ?? error);
  }
  notes.push(`${((Date.now() - began) / 1000).toFixed(1)} s`);
  return { title, ok, notes };
}

/* Runs the tests of a file, then tells: files beside each other do not mix. */
async function performFile({ file, tests }) {
  const results = [];
  const server = await Server.start();
  try {
    for (const test of tests) results.push(await perform(server, test));
  } finally {
    await server.remove();
  }
  console.log(comment(path.basename(file)));
  for (const { title, ok, notes } of results) {
    count += 1;
    if (!ok) failed += 1;
    console.log(`${ok ? 'ok' : 'not ok'} ${count} - ${title}`);
    for (const note of notes) console.log(comment(note));
  }
}

async function declareAll() {
  const all = [];
  for (const file of files) {
    const { alone } = await import(pathToFileURL(path.resolve(file)));
    const tests = declared().filter((test) => test.name.includes(name));
    if (tests.length) all.push({ file, tests, alone });
  }
  return all;
}

/* Two files at a time; those that measure something by themselves, at the end. */
async function performAll(all) {
  const queue = all.filter(({ alone }) => !alone);
  const lane = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) await performFile(next);
  };
  await Promise.all([lane(), lane()]);
  for (const file of all.filter(({ alone }) => alone)) await performFile(file);
}

async function leave(signal) {
  console.log(`Bail out! ${signal}`);
  console.log = () => {};
  await endServers();
  await closeBrowser();
  process.exit(signal === 'SIGINT' ? 130 : 143);
}

process.on('SIGINT', leave);
process.on('SIGTERM', leave);

console.log('TAP version 13');
try {
  await openBrowser();
  await performAll(await declareAll());
  console.log(`1..${count}`);
} catch (error) {
  failed += 1;
  console.log(comment(error.stack ?? error));
  console.log('Bail out! the tests could not be run');
} finally {
  await endServers();
  await closeBrowser();
}
process.exit(failed || !count ? 1 : 0);
