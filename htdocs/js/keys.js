/*
 * keys.js - the page by keyboard
 *
 * Single keys work when nothing is being typed and nothing is open; with a
 * modifier they are the browser's. '?' shows the list that dialog.js keeps.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */

import { byId } from './dom.js';

const typing = (node) => node.matches?.('input:not([type=radio]), textarea, select');

export class Keys {
  /* run: the functions that need more than the list. */
  constructor(list, run) {
    this.list = list;
    this.keys = {
      j: () => this.#step(1),
      k: () => this.#step(-1),
      a: () => this.#withCard(run.toggle),
      t: () => this.#withCard(run.chooseTag),
      o: () => this.#withCard((card) => card.item.link && card.part.link.click()),
      c: () => this.#withCard(run.copyDigest),
      h: () => this.#withCard(run.history),
      u: run.undo,
      r: run.refresh,
      '/': () => {
        byId('search').focus();
        byId('search').select();
      },
      1: () => run.status('pending'),
      2: () => run.status('acknowledged'),
      3: () => run.status('all'),
      '?': run.help,
    };
    document.addEventListener('keydown', (event) => this.#onKey(event));
  }

  #onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (document.querySelector('.menu, dialog[open]') || typing(event.target)) return;
    const run = Object.hasOwn(this.keys, event.key) ? this.keys[event.key] : null;
    if (!run) return;
    event.preventDefault();
    run();
  }

  #withCard(run) {
    const card = this.list.cardOf(document.activeElement);
    if (card) run(card);
  }

  #step(by) {
    const cards = this.list.shownCards();
    if (cards.length === 0) return;
    const at = cards.indexOf(this.list.cardOf(document.activeElement));
    const next = at < 0 ? (by > 0 ? 0 : cards.length - 1) : at + by;
    if (cards[next]) this.list.focus(cards[next]);
  }
}
