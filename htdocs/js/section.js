/*
 * section.js - the images of one tag, or those without
 *
 * Holds the head and the list that the cards hang in. The questions that its
 * buttons ask are in tags.js.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */

import { memory, setAttribute, setHidden, setText, stamp } from './dom.js';

const folded = new Set(memory.get('folded', []));

export class Section {
  /* tag: {id, name}, or null for the untagged. */
  constructor(tag, limit) {
    this.element = stamp('section-template');
    this.key = tag ? String(tag.id) : 'untagged';
    this.visible = [];
    this.limit = limit;     /* how many cards are shown */
    this.pendingCount = 0;
    const find = (selector) => this.element.querySelector(selector);
    this.fold = find('.fold');
    this.name = find('.group-name');
    this.count = find('.count');
    this.tools = find('.group-tools');
    this.problem = find('.problem');
    this.list = find('.cards');
    this.hint = find('.hint');
    this.more = find('.more-cards');
    this.element.dataset.tag = this.key;
    this.list.id = `cards-${this.key}`;
    this.fold.setAttribute('aria-controls', this.list.id);
    this.fold.addEventListener('click', () => this.setFolded(!this.isFolded));

    const [acknowledge, rename, remove] = this.tools.children;
    this.buttons = { acknowledge, rename, remove };
    setHidden(rename, !tag);
    setHidden(remove, !tag);
    this.setTag(tag);
    this.setFolded(folded.has(this.key));
  }

  setTag(tag) {
    this.tag = tag;
    const name = tag ? tag.name : 'Untagged';
    setText(this.name, name);
    setAttribute(this.buttons.rename, 'aria-label', `Rename the tag ${name}`);
    setAttribute(this.buttons.remove, 'aria-label', `Delete the tag ${name}`);
    setAttribute(this.list, 'aria-label', name);
  }

  get isFolded() {
    return this.list.hidden;
  }

  setFolded(value) {
    setHidden(this.list, value);
    setHidden(this.more, value || this.visible.length <= this.limit);
    setAttribute(this.fold, 'aria-expanded', String(!value));
    this.element.classList.toggle('folded', value);
    if (value === folded.has(this.key)) return;
    folded[value ? 'add' : 'delete'](this.key);
    memory.set('folded', [...folded]);
  }

  /*
   * What the section shows now. total: how many images have the tag; whole:
   * nothing but the status keeps any of them out of sight.
   */
  setContents(visible, { whole, status, total }) {
    const pending = visible.filter((item) => !item.acknowledged).length;
    Object.assign(this, { visible, whole, total, pendingCount: pending });
    const mixed = status === 'all' && pending && pending < visible.length;
    setText(this.count, mixed ? `${pending} of ${visible.length} pending` : String(visible.length));
    setHidden(this.buttons.acknowledge, pending === 0);
    setAttribute(this.buttons.acknowledge, 'aria-label',
      `Acknowledge the ${pending} pending in ${this.name.textContent}`);
    this.element.classList.toggle('bare', visible.length === 0);
    setHidden(this.hint, visible.length > 0);
    setText(this.hint, total ? `Nothing ${status}.` : 'No images yet. Drag one here by its handle.');
  }

  /* How many more there are, beyond the limit. */
  setMore(count) {
    setHidden(this.more, count === 0 || this.isFolded);
    setText(this.more, `Show more (${count.toLocaleString('en')})`);
  }

  showProblem(text) {
    setText(this.problem, text);
    setHidden(this.problem, !text);
  }
}
