/*
 * filterbar.js - the controls of the filter, in step with the address
 *
 * Typing replaces the entry in the browser's history, choosing makes a new
 * one: so Back goes to the view before, not to the letter before.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */

import { byId, make, setHidden } from './dom.js';
import { filterAddress, isNarrow, readFilter } from './filter.js';
import { hostName } from './image.js';

/* In a select, a value must be text: 'any' and '=name' keep all apart. */
const valueOf = (choice) => (choice === null ? 'any' : `=${choice}`);
const choiceOf = (value) => (value === 'any' ? null : value.slice(1));

function fill(select, options, chosen) {
  const wanted = JSON.stringify(options);
  if (select.dataset.options !== wanted) {
    select.dataset.options = wanted;
    select.replaceChildren(...options.map(([value, text]) => {
      const node = make('option', '', text);
      node.value = value;
      return node;
    }));
  }
  if (select.value !== chosen) select.value = chosen;
}

export class FilterBar {
  constructor(state, onchange) {
    this.state = state;
    this.onchange = onchange;
    this.filter = readFilter();
    this.search = byId('search');
    this.#listen();
    this.update();
    queueMicrotask(() => onchange(this.filter));
  }

  get narrow() {
    return isNarrow(this.filter);
  }

  set(change, { typed = false } = {}) {
    this.filter = { ...this.filter, ...change };
    const address = filterAddress(this.filter);
    clearTimeout(this.later);
    /* Browsers take their time over a new address: not at each letter. */
    if (typed) this.later = setTimeout(() => history.replaceState(null, '', address), 250);
    else if (address !== location.pathname + location.search + location.hash) history.pushState(null, '', address);
    this.update();
    this.onchange(this.filter);
  }

  clear() {
    this.set({ text: '', tag: null, host: null });
    this.search.focus();
  }

  /* Brings the controls in step with the filter and with what there is. */
  update() {
    const { filter } = this;
    if (this.search.value !== filter.text) this.search.value = filter.text;
    byId('status').querySelector(`[value=${filter.status}]`).checked = true;
    byId('filter-sort').value = filter.sort;

    const tags = this.state.tags.map((tag) => tag.name).sort((a, b) => a.localeCompare(b));
    if (filter.tag && !tags.includes(filter.tag)) tags.push(filter.tag);
    fill(byId('filter-tag'), [['any', 'Any tag'], ...tags.map((name) => [valueOf(name), name]),
      [valueOf(''), 'Untagged']], valueOf(filter.tag));

    const hosts = new Set(this.state.all().flatMap((item) => item.hosts.map((host) => host.name)));
    if (filter.host !== null) hosts.add(filter.host);
    fill(byId('filter-host'), [['any', 'Any host'], ...[...hosts].sort().map((name) => (
      [valueOf(name), hostName(name)]))], valueOf(filter.host));
    for (const id of ['filter-tag', 'filter-host']) {
      byId(id).classList.toggle('set', byId(id).value !== 'any');
    }
    setHidden(byId('clear-filters'), !this.narrow);
  }

  #listen() {
    this.search.addEventListener('input', () => {
      /* One render for each frame, however fast the letters come. */
      this.frame ??= requestAnimationFrame(() => {
        this.frame = null;
        this.set({ text: this.search.value }, { typed: true });
      });
    });
    this.search.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      if (this.filter.text || this.search.value) this.set({ text: '' }, { typed: true });
      else this.search.blur();
    });
    byId('filters').addEventListener('submit', (event) => event.preventDefault());
    byId('status').addEventListener('change', (event) => this.set({ status: event.target.value }));
    byId('filter-tag').addEventListener('change', (event) => this.set({ tag: choiceOf(event.target.value) }));
    byId('filter-host').addEventListener('change', (event) => this.set({ host: choiceOf(event.target.value) }));
    byId('filter-sort').addEventListener('change', (event) => this.set({ sort: event.target.value }));
    byId('clear-filters').addEventListener('click', () => this.clear());
    addEventListener('popstate', () => {
      this.filter = readFilter();
      this.update();
      this.onchange(this.filter);
    });
  }
}
