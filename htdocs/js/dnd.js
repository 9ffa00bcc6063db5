/*
 * dnd.js - filing an image under a tag by dragging it
 *
 * Pointer events, so that a finger works like a mouse; only the handle starts
 * a drag, so that the page still scrolls everywhere else. While dragging, a
 * dock at the bottom shows every tag: in a long list the section one is after
 * may be far away. Escape lets go. A press without a move opens the menu, and
 * so does the keyboard.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */

import { make, setClass } from './dom.js';

const SLACK = 5;    /* pixels before a press becomes a drag */
const EDGE = 70;    /* pixels from the edge where the page begins to scroll */

export class Drag {
  /* list: List; drop(image, tag): tag is null for the untagged. */
  constructor(list, state, drop) {
    this.list = list;
    this.state = state;
    this.drop = drop;
    this.moved = false;
  }

  /* The click that ends a drag is not a press of the handle. */
  justEnded() {
    const { moved } = this;
    this.moved = false;
    return moved;
  }

  press(event) {
    const handle = event.target.closest('.handle');
    const card = this.list.cardOf(event.target);
    if (!handle || !card || event.button !== 0) return;
    this.moved = false;
    this.card = card;
    this.start = { x: event.clientX, y: event.clientY };
    this.point = this.start;
    try {
      handle.setPointerCapture(event.pointerId);
    } catch {
      return;     /* let go already, while this part was on its way */
    }
    const stop = new AbortController();
    const on = (type, run) => handle.addEventListener(type, run, { signal: stop.signal });
    const finish = (commit) => {
      stop.abort();
      this.#end(commit);
    };
    on('pointermove', (move) => this.#move(move));
    on('pointerup', () => finish(true));
    on('pointercancel', () => finish(false));
    /* A finger's is first the icon's, inside of the handle: that one goes. */
    on('lostpointercapture', ({ target }) => target === handle && finish(false));
    document.addEventListener('keydown', (key) => {
      if (key.key !== 'Escape' || !this.ghost) return;
      key.preventDefault();
      key.stopPropagation();
      finish(false);
    }, { signal: stop.signal, capture: true });
  }

  #move(event) {
    this.point = { x: event.clientX, y: event.clientY };
    if (!this.ghost) {
      if (Math.hypot(this.point.x - this.start.x, this.point.y - this.start.y) < SLACK) return;
      this.#begin();
    }
    this.ghost.style.transform = `translate(${this.point.x + 14}px, ${this.point.y - 18}px)`;
    this.#aim();
  }

  #begin() {
    const { item, element } = this.card;
    this.moved = true;
    this.ghost = make('div', 'ghost');
    const avatar = element.querySelector('.avatar').cloneNode(true);
    this.ghost.append(avatar, make('bdi', '', item.title));
    this.dock = make('div', 'dock');
    this.dock.setAttribute('aria-hidden', 'true');
    const here = item.tag?.id ?? null;
    for (const tag of [...this.state.tags, null]) {
      const chip = make('span', 'dock-tag');
      chip.append(make('bdi', '', tag ? tag.name : 'Untagged'));
      chip.dataset.tag = tag ? String(tag.id) : 'untagged';
      setClass(chip, 'here', (tag?.id ?? null) === here);
      this.dock.append(chip);
    }
    document.body.append(this.dock, this.ghost);
    document.documentElement.classList.add('dragging');
    element.classList.add('dragged');
    this.frame = requestAnimationFrame(() => this.#scroll());
  }

  /* What lies under the pointer: a chip of the dock, or a section. */
  #aim() {
    const under = document.elementFromPoint(this.point.x, this.point.y);
    const target = under?.closest('.dock-tag, .group') ?? null;
    if (target === this.target) return;
    this.target?.classList.remove('target');
    this.target = target;
    const here = this.card.item.tag ? String(this.card.item.tag.id) : 'untagged';
    if (target && target.dataset.tag !== here) target.classList.add('target');
  }

  #scroll() {
    if (!this.ghost) return;
    const { y } = this.point;
    const bottom = innerHeight - this.dock.offsetHeight;
    let speed = 0;
    if (y < EDGE) speed = (y - EDGE) / 5;
    else if (y > bottom - EDGE && y < bottom) speed = (y - bottom + EDGE) / 5;
    if (speed) {
      scrollBy(0, speed);
      this.#aim();
    }
    this.frame = requestAnimationFrame(() => this.#scroll());
  }

  #end(commit) {
    if (!this.ghost) return;
    cancelAnimationFrame(this.frame);
    const { target, card } = this;
    this.ghost.remove();
    this.dock.remove();
    this.ghost = null;
    this.target = null;
    target?.classList.remove('target');
    card.element.classList.remove('dragged');
    document.documentElement.classList.remove('dragging');
    if (!commit || !target) return;
    const key = target.dataset.tag;
    const tag = key === 'untagged' ? null : this.state.tags.find(({ id }) => String(id) === key);
    if (tag !== undefined) this.drop(card.image, tag);
  }
}
