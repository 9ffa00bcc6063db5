/*
 * main.js - puts the parts together
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */

import { byId, setHidden } from './dom.js';
import { FilterBar } from './filterbar.js';
import { Keys } from './keys.js';
import { hostName } from './image.js';
import { hands, part } from './later.js';
import { List } from './list.js';
import { Live } from './live.js';
import { Seen } from './seen.js';
import { State } from './state.js';
import { Summary } from './summary.js';
import { sinceShort } from './time.js';

const state = new State();
const live = new Live(state);
const seen = new Seen(state);
const list = new List(byId('list'), state, seen);
const summary = new Summary(state, live);
const withHands = hands(({ Hands }) => new Hands(state, live, list, (change) => bar.set(change)),
  () => live.now());
const tell = (message) => withHands((hand) => hand.tell(message));
const rest = part(() => import('./rest.js'), 'css/rest.css');
const bar = new FilterBar(state, (filter) => {
  list.setFilter(filter);
  showRest();
});

/* Beside the list: how to begin, or that nothing is left, or nothing found. */
function showRest() {
  if (!state.loaded) return;
  const total = state.items.size;
  const nothing = total > 0 && list.visibleCount() === 0;
  setHidden(byId('empty'), total > 0);
  setHidden(byId('calm'), !nothing);
  const fill = (module) => (total ? module.fillCalm(bar, total, summary.newest) : module.fillEmpty(live.test));
  if (total === 0 || nothing) rest().then(fill, () => {});
}

state.addEventListener('change', ({ detail: { images } }) => {
  if (!state.loaded) return;
  seen.begin();
  summary.update();
  bar.update();
  list.change(images);
  showRest();
  setHidden(byId('loading'), true);
  setHidden(byId('summary'), state.items.size === 0);
  setHidden(byId('filters'), state.items.size === 0 && state.tags.length === 0);
});
seen.addEventListener('change', () => list.render());
live.addEventListener('state', () => summary.connection());
live.addEventListener('arriving', ({ detail }) => list.expect(detail));
live.addEventListener('renamed', ({ detail: { from, to } }) => {
  if (bar.filter.tag === from) bar.set({ tag: to });
});
live.addEventListener('news', ({ detail: images }) => {
  const titles = images.map((image) => state.get(image)?.title ?? image);
  const more = titles.length > 3 ? ' …' : '';
  tell({
    text: titles.length === 1 ? `New: ${titles[0]}` : `${titles.length} new: ${titles.slice(0, 3).join(', ')}${more}`,
    action: { label: 'Show', run: () => list.reveal(images[0], bar) },
  });
});

live.addEventListener('test', () => {
  const { host, at } = live.test;
  tell({ text: `Test received from ${hostName(host)}, ${sinceShort(at)}` });
  showRest();
});

list.root.addEventListener('click', (event) => {
  if (event.target.matches('.more-cards')) list.showMore(list.sectionOf(event.target));
  else withHands((hand) => hand.click(event));
});
list.root.addEventListener('pointerdown', (event) => {
  if (event.target.closest('.handle')) withHands((hand) => hand.drag.press(event));
});
const press = (id, run) => byId(id).addEventListener('click', run);
press('acknowledge-all', () => withHands((hand) => hand.askAcknowledgeAll()));
press('help', () => withHands((hand) => hand.help()));
press('new-tag', () => withHands((hand) => hand.newTag()));
press('try-now', () => live.now());
/* What waits for the database is in no list: asked once a minute. */
const lookAtSpool = () => import('./spool.js').then(({ showSpool }) => showSpool(), () => {});
press('refresh', async () => {
  byId('refresh').classList.add('busy');
  await Promise.all([live.now(), lookAtSpool()]);
  byId('refresh').classList.remove('busy');
});

const onHand = (name) => (card) => withHands((hand) => hand[name](card));
new Keys(list, {
  toggle: onHand('toggle'),
  chooseTag: onHand('chooseTag'),
  copyDigest: onHand('copyDigest'),
  history: onHand('history'),
  undo: onHand('undo'),
  help: onHand('help'),
  refresh: () => byId('refresh').click(),
  status: (status) => bar.set({ status }),
});

setInterval(() => {
  if (document.hidden) return;
  list.tick();
  summary.tick();
}, 20000);
setInterval(() => document.hidden || lookAtSpool(), 60000);

live.start();
