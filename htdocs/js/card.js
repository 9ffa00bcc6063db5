/*
 * card.js - one image on the page
 *
 * A card is stamped from its template once and then only corrected: update()
 * writes what differs from what is there. It has no listeners of its own; the
 * list hears for all cards.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */

import { make, motionReduced, setAttribute, setClass, setHidden, setText, stamp } from './dom.js';
import { hostName, hue, initials, shortDigest } from './image.js';
import { ago, builtBefore, exact, pendingFor } from './time.js';

const PARTS = ['handle', 'avatar', 'space', 'repo', 'version', 'fresh', 'registry', 'status',
  'hosts', 'containers', 'platform', 'digest', 'age', 'built', 'more', 'tick', 'problem'];

const STATUS = { new: 'new tag', update: 'update' };

/* A time element: words inside, the exact moment in its title. */
function setTime(node, moment, text, title) {
  setHidden(node, moment === null);
  if (moment === null) return;
  setText(node, text);
  setAttribute(node, 'datetime', new Date(moment).toISOString());
  setAttribute(node, 'title', title);
}

export class Card {
  constructor(item) {
    this.element = stamp('card-template');
    this.part = {};
    for (const name of PARTS) this.part[name] = this.element.querySelector(`.${name}`);
    this.part.link = this.element.querySelector('a');
    this.part.code = this.element.querySelector('code');
    this.image = item.image;
    this.leaving = null;
    this.element.dataset.image = item.image;
    this.#name(item);
    this.update(item);
  }

  /* What follows from the image's name never changes. */
  #name(item) {
    const { part } = this;
    const { reference } = item;
    part.space.textContent = reference.space ? `${reference.space}/` : '';
    part.repo.textContent = reference.name;
    part.version.firstElementChild.textContent = reference.tag || 'pinned';
    part.version.hidden = !reference.tag && !reference.pinned;
    part.version.title = reference.pinned ? `pinned to ${reference.pinned}` : `tag ${reference.tag}`;
    part.repo.parentElement.title = item.image;
    part.avatar.textContent = initials(reference.name);
    part.avatar.style.setProperty('--hue', hue(reference.repository));
    part.registry.textContent = reference.registry;
    part.handle.setAttribute('aria-label', `Move ${item.title} to another tag`);
    part.handle.title = 'Drag to another tag, or press to choose one';
    part.more.setAttribute('aria-label', `More for ${item.title}`);
    part.more.title = 'More';
  }

  update(item) {
    if (this.item === item) return;
    this.item = item;
    const { part, element } = this;
    const done = item.acknowledged;
    setClass(element, 'done', done);
    setText(part.status, STATUS[item.status] ?? item.status);
    setAttribute(part.status, 'title', item.provider ? `seen by Diun's ${item.provider} provider` : null);
    this.#hosts(item);
    setText(part.containers.firstElementChild, item.containers.join(', '));
    setHidden(part.containers, item.containers.length === 0);
    setAttribute(part.containers, 'title', [item.containers.join(', '), item.runs].filter(Boolean).join(' · '));
    setText(part.platform, item.platform === '/' ? '' : item.platform);
    setHidden(part.digest, !item.digest);
    setText(part.code, shortDigest(item.digest));
    setAttribute(part.digest, 'title', `Copy ${item.digest}`);
    setAttribute(part.digest, 'aria-label', `Copy the digest ${shortDigest(item.digest)} of ${item.title}`);
    setHidden(part.link, !item.link);
    setAttribute(part.link, 'href', item.link || null);
    setAttribute(part.link, 'title', item.link ? `Open ${item.link}` : null);
    setAttribute(part.link, 'aria-label', `Open the page of ${item.title}`);
    setAttribute(part.tick, 'aria-label', `${done ? 'Reopen' : 'Acknowledge'} ${item.title}`);
    setAttribute(part.tick, 'title', done ? 'Reopen (a)' : 'Acknowledge (a)');
    setText(part.problem, item.problem);
    setHidden(part.problem, !item.problem);
    this.tick();
  }

  /* A chip for each host, kept as long as the host is there. */
  #hosts(item) {
    const list = this.part.hosts;
    const chips = new Map([...list.querySelectorAll('.host')].map((chip) => [chip.dataset.host, chip]));
    const wanted = item.hosts.map((host) => {
      const chip = chips.get(host.name) ?? this.#chip(host.name);
      setClass(chip, 'host-done', host.acknowledged);
      const state = host.acknowledged
        ? `acknowledged${host.by ? ` by ${host.by}` : ''}${host.done === null ? '' : `, ${exact(host.done)}`}`
        : 'pending';
      setAttribute(chip, 'title', `${hostName(host.name)}: ${state}`);
      setAttribute(chip, 'aria-label', `${hostName(host.name)}, ${host.acknowledged ? 'acknowledged' : 'pending'}: choose`);
      return chip.parentElement;
    });
    setClass(list, 'several', wanted.length > 1);
    if (wanted.length !== list.children.length || wanted.some((node, i) => list.children[i] !== node)) {
      list.replaceChildren(...wanted);
    }
  }

  #chip(name) {
    const chip = make('button', 'host');
    chip.type = 'button';
    chip.dataset.host = name;
    chip.setAttribute('aria-haspopup', 'menu');
    chip.append(make('bdi', '', hostName(name)));
    make('li').append(chip);
    return chip;
  }

  /* Time passes: correct the words that depend on it. */
  tick() {
    const { item, part } = this;
    const pushed = item.pushes > 1 ? `pushed ${item.pushes} times, ` : '';
    const age = item.acknowledged ? this.#dealtWith(item) : pushed + pendingFor(item.since);
    setTime(part.age, item.acknowledged ? item.done ?? item.received : item.since, age,
      `${item.acknowledged ? '' : `Pending since ${exact(item.since)}. `}Received ${exact(item.received)}`);
    setTime(part.built, item.built, item.built === null ? '' : builtBefore(item.built, item.received),
      item.built === null ? '' : `Built ${exact(item.built)}`);
  }

  #dealtWith(item) {
    if (item.done === null) return 'acknowledged just now';
    return `acknowledged ${ago(item.done)}${item.by ? ` by ${item.by}` : ''}`;
  }

  setFresh(fresh) {
    setHidden(this.part.fresh, !fresh);
    setClass(this.element, 'is-fresh', fresh);
  }

  get shown() {
    return !this.element.hidden && !this.leaving;
  }

  /* Folds away, then calls back. Whoever cannot see it is not made to wait. */
  leave(done) {
    if (this.leaving) return;
    const { element } = this;
    const box = element.getBoundingClientRect();
    const seen = box.height > 0 && box.bottom > 0 && box.top < innerHeight;
    if (!seen || motionReduced()) {
      setHidden(element, true);
      done();
      return;
    }
    element.classList.add('leaving');
    element.inert = true;
    this.leaving = element.animate([
      { height: `${box.height}px`, opacity: 1 },
      { height: `${box.height}px`, opacity: 0, transform: 'translateX(12px)', offset: 0.45 },
      { height: 0, opacity: 0, transform: 'translateX(12px)', paddingBlock: 0 },
    ], { duration: 260, easing: 'cubic-bezier(.3, 0, .2, 1)' });
    this.leaving.onfinish = () => {
      this.#rest();
      setHidden(element, true);
      done();
    };
  }

  show() {
    if (this.leaving) {
      this.leaving.onfinish = null;
      this.leaving.cancel();
      this.#rest();
    }
    setHidden(this.element, false);
  }

  #rest() {
    this.leaving = null;
    this.element.inert = false;
    this.element.classList.remove('leaving');
  }

  /* A short glow: this one has just come. */
  arrive() {
    if (motionReduced()) return;
    this.element.classList.add('arriving');
    this.element.addEventListener('animationend', () => this.element.classList.remove('arriving'), { once: true });
  }
}
