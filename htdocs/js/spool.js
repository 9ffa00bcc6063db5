/*
 * spool.js - what came and waits for the database
 *
 * Diun's notifications are kept in files while the database cannot be
 * written. They are in no list then, so the page says that there are some, and
 * why they wait. Fetched when it is first asked for, and asked for seldom.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */

import { byId, plural, setHidden, setText } from './dom.js';
import { clockMinute, parseMoment } from './time.js';

let notice = null;

function makeNotice() {
  notice = byId('notice').cloneNode(true);
  notice.id = 'spool';
  notice.querySelector('button').remove();
  notice.hidden = true;
  byId('notice').after(notice);
}

function tell({ waiting = 0, damaged = 0, since, reason }) {
  const aside = damaged > 0
    ? ` ${plural(damaged, 'damaged file')} in the spool: run 'diundash spool' on the server.` : '';
  setHidden(notice, waiting === 0 && damaged === 0);
  setText(notice.querySelector('strong'), waiting > 0
    ? `${plural(waiting, 'notification')} of Diun ${waiting === 1 ? 'waits' : 'wait'} since ${clockMinute(parseMoment(since))}:` : '');
  setText(notice.querySelector('span'), waiting > 0
    ? `${reason}. Nothing is lost; this will be listed as soon as the database can be written.${aside}` : aside.trim());
}

/* /healthz tells it whether the database can be used or not. */
export async function showSpool() {
  if (notice === null) makeNotice();
  try {
    const answer = await fetch('healthz', { cache: 'no-store', redirect: 'manual' });
    const { spool } = await answer.json();
    if (spool) tell(spool);
  } catch { /* the poll says that the server is out of reach */ }
}
