/*
 * seen.js - what has come since the last visit
 *
 * A visit ends when the page is hidden or left. What was received after the
 * newest event known by then is fresh during the next visit. The first visit
 * of all has nothing fresh: all would be.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */

import { memory } from './dom.js';

export class Seen extends EventTarget {
  constructor(state) {
    super();
    this.state = state;
    this.mark = memory.get('seen');
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) this.#leave();
      else this.#enter();
    });
    addEventListener('pagehide', () => this.#leave());
  }

  isFresh(item) {
    return this.mark !== null && !item.acknowledged && item.received > this.mark;
  }

  #newest() {
    let newest = 0;
    for (const item of this.state.items.values()) newest = Math.max(newest, item.received);
    return newest;
  }

  /* To be called once the first list is there. */
  begin() {
    if (this.mark !== null) return;
    this.mark = this.#newest();
    memory.set('seen', this.mark);
  }

  #leave() {
    if (this.state.loaded) memory.set('seen', this.#newest());
  }

  #enter() {
    this.mark = memory.get('seen', this.mark);
    this.dispatchEvent(new Event('change'));
  }
}
