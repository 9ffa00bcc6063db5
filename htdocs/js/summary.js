/*
 * summary.js - the figures, the title of the tab, and its icon
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */

import { byId, setAttribute, setHidden, setText } from './dom.js';
import { ago, clock, clockMinute, exact } from './time.js';

const number = (n) => n.toLocaleString('en');

export class Summary {
  constructor(state, live) {
    this.state = state;
    this.live = live;
    this.figure = {};
    for (const node of byId('summary').querySelectorAll('[data-figure]')) {
      this.figure[node.dataset.figure] = node;
    }
  }

  update() {
    const items = this.state.all();
    const pending = items.filter((item) => !item.acknowledged).length;
    const hosts = new Set(items.flatMap((item) => item.hosts.map((host) => host.name)));
    this.newest = items.reduce((newest, item) => Math.max(newest, item.received), 0);
    setText(this.figure.images, number(items.length));
    setText(this.figure.pending, number(pending));
    setText(this.figure.acknowledged, number(items.length - pending));
    setText(this.figure.hosts, number(hosts.size));
    const badge = byId('pending');
    setHidden(badge, false);
    setText(badge.firstElementChild, number(pending));
    setAttribute(badge, 'data-calm', pending ? null : '');
    setHidden(byId('acknowledge-all'), pending === 0);
    const title = pending ? `DiunDash (${number(pending)})` : 'DiunDash';
    if (document.title !== title) document.title = title;
    setAttribute(byId('favicon'), 'href', pending ? 'img/pending.svg' : 'img/calm.svg');
    this.tick();
  }

  /* What changes only because time passes. */
  tick() {
    const last = this.figure.last;
    setText(last, this.newest ? ago(this.newest) : 'none yet');
    setAttribute(last, 'title', this.newest ? exact(this.newest) : null);
    setAttribute(last, 'datetime', this.newest ? new Date(this.newest).toISOString() : null);
  }

  /* The dot in the header, the footer, and the notice when out of reach. */
  connection() {
    const { live } = this;
    const words = {
      connecting: 'Connecting', live: 'Live', paused: 'Paused',
      offline: live.since === null ? 'Offline' : `Offline since ${clockMinute(live.since)}`,
    };
    const pulse = byId('pulse');
    setAttribute(pulse, 'data-state', live.name);
    setText(pulse.lastElementChild, words[live.name]);
    setText(byId('checked'), live.checked === null ? '' : `Last answer from the server at ${clock(live.checked)}`);
    const notice = byId('notice');
    setHidden(notice, live.name !== 'offline');
    if (live.name !== 'offline') return;
    const error = live.error.message;
    setText(notice.querySelector('strong'), `Offline since ${clock(live.since)}:`);
    setText(notice.querySelector('span'), this.state.loaded
      ? `${error}. This is what was known then; what you do now may not be kept.`
      : `${error}.`);
  }
}
