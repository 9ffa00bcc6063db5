// run.mjs - runs the browser tests and reports in TAP
//
// `node run.mjs [--name=TEXT] [FILE...]`: all *.test.mjs, or those named; only
// tests with TEXT in their name, if it is given. A file gets a server
// of its own, made when its first test begins; each test has a time limit. The
// plan comes last; the exit status is 0 only when nothing failed.
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

const comment = (text) => console.log(String(text).replace(/^/gm, '# '));

function limited(promise) {
  let timer = null;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it took longer than ${LIMIT / 1000} seconds`)), LIMIT);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function perform(server, { name: title, run }) {
  const scene = new Scene(server, comment);
  const began = Date.now();
  count += 1;
  try {
    await server.empty();
    await limited(scene.play(run));
    console.log(`ok ${count} - ${title}`);
  } catch (error) {
    failed += 1;
    console.log(`not ok ${count} - ${title}`);
    comment(error.stack ?? error);
  }
  comment(`${((Date.now() - began) / 1000).toFixed(1)} s`);
}

async function performFile(file) {
  comment(path.basename(file));
  await import(pathToFileURL(path.resolve(file)));
  const tests = declared().filter((test) => test.name.includes(name));
  if (!tests.length) return;
  const server = await Server.start();
  try {
    for (const test of tests) await perform(server, test);
  } finally {
    await server.remove();
  }
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
  for (const file of files) await performFile(file);
  console.log(`1..${count}`);
} catch (error) {
  failed += 1;
  comment(error.stack ?? error);
  console.log('Bail out! the tests could not be run');
} finally {
  await endServers();
  await closeBrowser();
}
process.exit(failed || !count ? 1 : 0);
