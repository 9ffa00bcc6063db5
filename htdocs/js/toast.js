/*
 * toast.js - short messages that leave by themselves
 *
 * They wait while the pointer or the focus is on them, and can be closed. At
 * most three are up at once; the oldest makes room.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */

import { byId, motionReduced, setClass, setHidden, setText, stamp } from './dom.js';

const STAY = 9000;
const AT_MOST = 3;
const up = [];

class Toast {
  constructor({ text, action, serious, onclose }) {
    this.element = stamp('toast-template');
    this.button = this.element.querySelector('.link');
    this.onclose = onclose;
    this.element.querySelector('[data-close]').addEventListener('click', () => this.close());
    this.element.addEventListener('pointerenter', () => this.#hold());
    this.element.addEventListener('pointerleave', () => this.#count());
    this.element.addEventListener('focusin', () => this.#hold());
    this.element.addEventListener('focusout', () => this.#count());
    setClass(this.element, 'serious', Boolean(serious));
    byId('toasts').append(this.element);
    up.push(this);
    while (up.length > AT_MOST) up[0].close();
    this.update({ text, action });
  }

  update({ text, action }) {
    setText(this.element.querySelector('p'), text);
    setHidden(this.button, !action);
    if (action) {
      setText(this.button, action.label);
      this.button.onclick = () => {
        this.close();
        action.run();
      };
    }
    this.#count();
  }

  get open() {
    return up.includes(this);
  }

  close() {
    if (!this.open) return;
    up.splice(up.indexOf(this), 1);
    clearTimeout(this.timer);
    this.onclose?.();
    const { element } = this;
    if (element.contains(document.activeElement)) byId('main').focus({ preventScroll: true });
    if (motionReduced()) {
      element.remove();
      return;
    }
    element.inert = true;
    element.animate({ opacity: 0, transform: 'translateY(6px)' }, 160).onfinish = () => element.remove();
  }

  #hold() {
    clearTimeout(this.timer);
  }

  #count() {
    clearTimeout(this.timer);
    if (this.element.matches(':hover, :focus-within')) return;
    this.timer = setTimeout(() => this.close(), STAY);
  }
}

export const toast = (options) => new Toast(options);
