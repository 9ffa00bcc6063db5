/*
 * list.js - sections and cards, kept in step with the state
 *
 * An image has one card and a tag one section for as long as the page is open.
 * A render decides which cards are seen, and moves as few nodes as possible.
 * Cards are made when needed, in slices, and a long section shows more as one
 * comes near its end: so a long list never holds up the page.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */

import { Card } from './card.js';
import { setHidden } from './dom.js';
import { comparer, isNarrow, matcher } from './filter.js';
import { Section } from './section.js';

const SLICE = 8;        /* milliseconds of making cards at a time, */
const AT_LEAST = 20;    /* but this many cards, */
const AT_MOST = 40;     /* and no more than these: they are laid out, too */
const PAGE = 60;        /* cards that a section shows at first */
const MANY = 12;        /* more leaving cards than this simply go */

/* Indices of a longest increasing run within numbers; -1 is never part. */
function longestRun(numbers) {
  const tails = [];
  const before = new Array(numbers.length).fill(-1);
  numbers.forEach((number, i) => {
    if (number < 0) return;
    let low = 0;
    let high = tails.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (numbers[tails[middle]] < number) low = middle + 1;
      else high = middle;
    }
    if (low > 0) before[i] = tails[low - 1];
    tails[low] = i;
  });
  const run = new Set();
  for (let i = tails.at(-1) ?? -1; i >= 0; i = before[i]) run.add(i);
  return run;
}

/* Puts nodes into parent in this order; others in it stay where they are. */
function arrange(parent, nodes) {
  const place = new Map();
  let index = 0;
  for (const node of parent.children) place.set(node, index++);
  const run = longestRun(nodes.map((node) => place.get(node) ?? -1));
  const focused = document.activeElement;
  let next = null;
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i];
    if (!run.has(i)) {
      if (node.parentNode === parent && parent.moveBefore) parent.moveBefore(node, next);
      else parent.insertBefore(node, next);
    }
    next = node;
  }
  if (focused !== document.activeElement && parent.contains(focused)) {
    focused.focus({ preventScroll: true });
  }
}

export class List {
  constructor(root, state, seen) {
    this.root = root;
    this.state = state;
    this.seen = seen;
    this.filter = null;
    this.cards = new Map();
    this.sections = new Map();
    this.order = null;      /* sections in order, each {tag, items} */
    this.again = null;
    this.keep = false;      /* do cards beyond the limit stay? */
    this.gently = false;    /* may leaving cards take their time? */
    this.arrivals = new Set();
    this.nearEnd = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) {
        if (isIntersecting) this.showMore(this.sectionOf(target));
      }
    }, { rootMargin: '800px' });
  }

  setFilter(filter) {
    if (filter.sort !== this.filter?.sort) this.order = null;
    this.filter = filter;
    for (const section of this.sections.values()) section.limit = PAGE;
    this.keep = false;
    this.render();
  }

  showMore(section) {
    section.limit += 2 * PAGE;
    this.render();
  }

  /* images: those that have changed. */
  change(images) {
    this.order = null;
    this.gently = true;
    const removed = [];
    for (const image of images) {
      const item = this.state.get(image);
      const card = this.cards.get(image);
      if (card && item) card.update(item);
      if (card && !item) removed.push(card);
    }
    for (const card of removed) {
      this.#handOn(card);
      card.element.remove();
      this.cards.delete(card.image);
    }
    this.render();
  }

  cardOf(node) {
    return this.cards.get(node?.closest?.('.card')?.dataset.image);
  }

  sectionOf(node) {
    return this.sections.get(node?.closest?.('.group')?.dataset.tag);
  }

  /* The cards that can be seen, from top to bottom. */
  shownCards() {
    const shown = [];
    for (const { section, images } of this.view ?? []) {
      if (section.isFolded || section.element.hidden) continue;
      for (const image of images) {
        const card = this.cards.get(image);
        if (card?.shown) shown.push(card);
      }
    }
    return shown;
  }

  visibleCount({ pending = false } = {}) {
    let count = 0;
    for (const { section } of this.view ?? []) {
      count += pending ? section.pendingCount : section.visible.length;
    }
    return count;
  }

  /* Brings an image into view, taking off what hides it. */
  reveal(image, bar) {
    const item = this.state.get(image);
    if (!item) return;
    if (!matcher(bar.filter)(item)) {
      bar.set({ text: '', tag: null, host: null, status: item.acknowledged ? 'all' : 'pending' });
    }
    const section = this.#section(item.tag);
    section.limit = Math.max(section.limit, section.visible.indexOf(item) + 1);
    section.setFolded(false);
    this.render();
    const card = this.cards.get(image);
    if (!card?.shown) return;
    card.element.focus({ preventScroll: true });
    card.element.scrollIntoView({ block: 'center' });
  }

  focus(card) {
    card.element.focus({ preventScroll: true });
    card.element.scrollIntoView({ block: 'nearest' });
  }

  tick() {
    for (const card of this.cards.values()) if (card.shown) card.tick();
  }

  /* Cards of these images glow when they are first shown. */
  expect(images) {
    for (const image of images) this.arrivals.add(image);
  }

  #sorted() {
    if (this.order) return this.order;
    const tags = [...this.state.tags];
    const known = new Set(tags.map((tag) => tag.id));
    const groups = new Map(tags.map((tag) => [tag.id, []]));
    const untagged = [];
    for (const item of this.state.items.values()) {
      if (!item.tag) {
        untagged.push(item);
        continue;
      }
      /* A tag that the list of tags has not told of yet. */
      if (!known.has(item.tag.id)) {
        known.add(item.tag.id);
        tags.push(item.tag);
        groups.set(item.tag.id, []);
      }
      groups.get(item.tag.id).push(item);
    }
    tags.sort((a, b) => a.name.localeCompare(b.name));
    const compare = comparer(this.filter.sort);
    this.order = tags.map((tag) => ({ tag, items: groups.get(tag.id).sort(compare) }));
    this.order.push({ tag: null, items: untagged.sort(compare) });
    return this.order;
  }

  #section(tag) {
    const key = tag ? String(tag.id) : 'untagged';
    let section = this.sections.get(key);
    if (!section) {
      section = new Section(tag, PAGE);
      this.nearEnd.observe(section.more);
      this.sections.set(key, section);
    } else section.setTag(tag);
    return section;
  }

  render() {
    clearTimeout(this.again);
    if (!this.filter || !this.state.loaded) return;
    const matches = matcher(this.filter);
    const narrow = isNarrow(this.filter);
    const started = performance.now();
    let fresh = 0;
    let unfinished = false;
    const leaving = [];
    const view = [];

    for (const { tag, items } of this.#sorted()) {
      const section = this.#section(tag);
      const visible = items.filter(matches);
      section.setContents(visible, {
        whole: !narrow, status: this.filter.status, total: items.length,
      });
      setHidden(section.element, visible.length === 0 && (narrow || !tag || this.state.items.size === 0));
      /* What is on screen stays there, though newer ones push it down. */
      const wanted = new Set(visible.filter((item, i) => (
        i < section.limit || (this.keep && this.cards.get(item.image)?.shown))));
      section.setMore(visible.length - wanted.size);
      const nodes = [];
      const images = [];
      for (const item of items) {
        let card = this.cards.get(item.image);
        if (wanted.has(item)) {
          if (!card?.shown) {
            unfinished ||= fresh >= AT_MOST || (fresh >= AT_LEAST && performance.now() - started > SLICE);
            if (unfinished) continue;
            fresh += 1;
          }
          if (!card) {
            card = new Card(item);
            this.cards.set(item.image, card);
          }
          card.setFresh(this.seen.isFresh(item));
          card.show();
          if (this.arrivals.delete(item.image)) card.arrive();
          nodes.push(card.element);
          images.push(item.image);
        } else if (card?.shown) leaving.push(card);
      }
      view.push({ section, images, nodes });
    }

    this.view = view;
    this.keep = true;
    this.#leave(leaving);
    for (const { section, nodes } of view) arrange(section.list, nodes);
    arrange(this.root, view.map(({ section }) => section.element));
    this.#dropSections(view);
    if (unfinished) this.again = setTimeout(() => this.render(), 12);
  }

  #leave(cards) {
    const gently = cards.length <= MANY && this.gently;
    for (const card of cards) {
      this.#handOn(card);
      if (gently) card.leave(() => this.render());
      else card.element.hidden = true;
    }
    this.gently = false;
  }

  /* A card that goes gives the focus to the next one, or the one before. */
  #handOn(card) {
    if (!card.element.contains(document.activeElement)) return;
    const all = [...this.root.querySelectorAll('.group:not([hidden]) .card:not([hidden], .leaving)')];
    const at = all.indexOf(card.element);
    const stays = (node) => this.view?.some(({ images }) => images.includes(node.dataset.image));
    const next = all.slice(at + 1).find(stays) ?? all.slice(0, Math.max(at, 0)).reverse().find(stays);
    if (next) this.focus(this.cards.get(next.dataset.image));
    else document.getElementById('main').focus({ preventScroll: true });
  }

  #dropSections(view) {
    const kept = new Set(view.map(({ section }) => section));
    for (const [key, section] of this.sections) {
      if (!kept.has(section)) {
        section.element.remove();
        this.sections.delete(key);
      }
    }
  }
}
