/*
 * dom.js - the few things that every other module does to the page
 *
 * Each setter writes only what differs: a node that is already right is not
 * touched, so nothing is laid out again and no screen reader speaks up.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */

export const byId = (id) => document.getElementById(id);

const calmMotion = matchMedia('(prefers-reduced-motion: reduce)');
export const motionReduced = () => calmMotion.matches;

export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function setHidden(node, hidden) {
  if (node.hidden !== hidden) node.hidden = hidden;
}

export function setAttribute(node, name, value) {
  if (value === null || value === undefined) {
    if (node.hasAttribute(name)) node.removeAttribute(name);
  } else if (node.getAttribute(name) !== value) {
    node.setAttribute(name, value);
  }
}

export function setClass(node, name, on) {
  if (node.classList.contains(name) !== on) node.classList.toggle(name, on);
}

export function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

/* The first element of a template, copied. */
export function stamp(id) {
  return byId(id).content.firstElementChild.cloneNode(true);
}

/* What belongs to this browser. Storage may be forbidden: then it forgets. */
export const memory = {
  get(key, otherwise = null) {
    try {
      return JSON.parse(localStorage.getItem(`diundash.${key}`)) ?? otherwise;
    } catch {
      return otherwise;
    }
  },
  set(key, value) {
    try {
      localStorage.setItem(`diundash.${key}`, JSON.stringify(value));
    } catch { /* nothing to be done about it */ }
  },
};

/* Says something to a screen reader that the eye sees by itself. */
export function say(text) {
  setText(byId('spoken'), text);
}

export function plural(n, one, many = `${one}s`) {
  return `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
}
