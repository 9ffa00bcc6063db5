/*
 * timeline.js - the history of an image: what came, what was done, by whom
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */

import * as api from './api.js';
import { openDialog } from './dialog.js';
import { make, setHidden, setText } from './dom.js';
import { hostName, shortDigest } from './image.js';
import { ago, exact, parseMoment } from './time.js';

const PAGE = 50;

const WORDS = {
  received: ({ detail, hostname }) => `${detail.status === 'new' ? 'New tag' : 'Update'} from ${hostName(hostname)}`,
  acknowledged: ({ hostname }) => `Acknowledged on ${hostName(hostname)}`,
  reopened: ({ hostname }) => `Reopened on ${hostName(hostname)}`,
  tagged: ({ detail }) => `Tagged ${detail.name}`,
  untagged: ({ detail }) => `Tag ${detail.name} taken off`,
  removed: ({ detail }) => `Removed${detail.hosts ? ` from ${detail.hosts.map(hostName).join(', ')}` : ''}`,
  test: ({ hostname }) => `Test from ${hostName(hostname)}`,
};

/* By whom, where that is worth a word. */
function author({ action, actor }) {
  if (actor === 'diun') return action === 'acknowledged' ? 'by Diun: the host runs this digest' : '';
  return actor ? `by ${actor}` : '';
}

function rowOf(entry) {
  const row = make('li', `event event-${entry.action}`);
  const moment = parseMoment(entry.at);
  const time = make('time', '', moment === null ? entry.at : ago(moment));
  if (moment !== null) {
    time.dateTime = entry.at;
    time.title = exact(moment);
  }
  const text = make('p');
  text.append(make('bdi', '', WORDS[entry.action]?.(entry) ?? entry.action));
  const more = [author(entry), entry.detail.platform].filter(Boolean).join(' · ');
  if (more) text.append(' ', make('small', '', more));
  if (entry.digest) {
    const code = make('code', '', shortDigest(entry.digest));
    code.title = entry.digest;
    text.append(' ', code);
  }
  row.append(time, text);
  return row;
}

export function showTimeline(item) {
  const body = make('div', 'timeline');
  const list = make('ol');
  const note = make('p', 'aside', 'Loading');
  const more = make('button', 'quiet', 'Show older');
  let before = null;

  const load = async () => {
    more.disabled = true;
    try {
      const query = { image: item.image, limit: PAGE };
      if (before !== null) query.before = before;
      const page = await api.fetchHistory(query);
      list.append(...page.history.map(rowOf));
      before = page.before;
      setText(note, list.children.length ? '' : 'Nothing is recorded.');
    } catch (error) {
      setText(note, `The history cannot be shown: ${error.message}.`);
    }
    more.disabled = false;
    setHidden(note, !note.textContent);
    setHidden(more, before === null);
  };

  note.setAttribute('role', 'status');
  list.setAttribute('role', 'list');
  more.type = 'button';
  more.hidden = true;
  more.addEventListener('click', load);
  body.tabIndex = 0;
  body.setAttribute('role', 'group');
  body.setAttribute('aria-label', 'Events');
  body.append(list, note, more);
  openDialog({ title: `History of ${item.title}`, body });
  load();
}
