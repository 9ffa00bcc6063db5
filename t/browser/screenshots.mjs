// screenshots.mjs - the README's pictures, see scripts/screenshots
//
// Copyright (c) 2026 The diundash authors
// SPDX-License-Identifier: ISC

import path from 'node:path';
import { fleet } from './fleet.mjs';
import { closeBrowser, endServers, openBrowser, openPage, Server, shownImages, until } from './harness.mjs';

const [, , folder] = process.argv;

/* As after a night: two events are newer than the last visit. */
async function take(server, theme, file) {
  const page = await openPage(server, {
    width: 1280, height: 900, theme,
    before: (fresh) => fresh.addInitScript(() => localStorage.setItem('diundash.seen', String(Date.now() - 3600e3))),
  });
  await until(async () => (await shownImages(page)).length === 16, 'the list');
  await page.screenshot({ path: path.join(folder, file), animations: 'disabled' });
  await page.context().close();
}

let failed = null;
try {
  await openBrowser();
  const server = await Server.start();
  await server.fill(fleet(40));
  await take(server, 'light', 'dashboard.png');
  await take(server, 'dark', 'dashboard-dark.png');
  await server.remove();
} catch (error) {
  failed = error;
  console.error(error);
} finally {
  await endServers();
  await closeBrowser();
}
process.exit(failed ? 1 : 0);
