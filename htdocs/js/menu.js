/*
 * menu.js - a menu beside a button, for pointer, keyboard and screen reader
 *
 * It hangs in the top layer, apart from the cards: whatever a
 * poll changes, an open menu stays open. Arrow keys move, Escape closes and
 * gives the focus back, a letter jumps to the next entry that begins with it.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */

import { byId, make } from './dom.js';

let current = null;

function closeMenu({ refocus = false } = {}) {
  if (!current) return;
  const { element, anchor } = current;
  current = null;
  element.remove();
  anchor.removeAttribute('aria-expanded');
  if (refocus && anchor.isConnected) anchor.focus({ preventScroll: true });
}

function place(element, anchor) {
  const box = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = element;
  const below = box.bottom + 6 + height <= innerHeight || box.top < height + 14;
  const left = Math.max(8, Math.min(box.right - width, innerWidth - width - 8));
  const top = below ? Math.min(box.bottom + 6, innerHeight - height - 8) : box.top - height - 6;
  element.style.left = `${box.left < innerWidth / 3 ? Math.max(8, Math.min(box.left, innerWidth - width - 8)) : left}px`;
  element.style.top = `${Math.max(8, top)}px`;
}

function entryNode(entry) {
  if (entry.heading) {
    const node = make('p', 'menu-heading', entry.heading);
    node.setAttribute('role', 'presentation');
    return node;
  }
  const node = make('button', 'menu-entry');
  node.type = 'button';
  node.tabIndex = -1;
  node.setAttribute('role', entry.checked === undefined ? 'menuitem' : 'menuitemradio');
  if (entry.checked !== undefined) node.setAttribute('aria-checked', String(entry.checked));
  node.append(make('bdi', '', entry.label));
  if (entry.key) {
    const key = make('kbd', '', entry.key);
    key.setAttribute('aria-hidden', 'true');
    node.append(key);
  }
  node.addEventListener('click', () => {
    closeMenu({ refocus: true });
    entry.run();
  });
  return node;
}

function onKey(event, element) {
  const entries = [...element.querySelectorAll('.menu-entry')];
  const at = entries.indexOf(document.activeElement);
  const go = (index) => entries.at(index % entries.length).focus();
  const keys = {
    ArrowDown: () => go(at + 1),
    ArrowUp: () => go(at - 1),
    Home: () => go(0),
    End: () => go(-1),
    Escape: () => closeMenu({ refocus: true }),
    Tab: () => closeMenu({ refocus: true }),
  };
  if (keys[event.key]) {
    keys[event.key]();
    if (event.key !== 'Tab') event.preventDefault();
  } else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && event.key !== ' ') {
    const letter = event.key.toLowerCase();
    const after = [...entries.slice(at + 1), ...entries.slice(0, at + 1)];
    after.find((node) => node.textContent.toLowerCase().startsWith(letter))?.focus();
  } else return;
  event.stopPropagation();
}

/* entries: {label, run, checked?, key?} or {heading}. */
export function openMenu(anchor, label, entries) {
  const again = current?.anchor === anchor;
  closeMenu();
  if (again) return;
  const element = make('div', 'menu');
  element.popover = 'manual';
  element.setAttribute('role', 'menu');
  element.setAttribute('aria-label', label);
  element.append(...entries.map(entryNode));
  element.addEventListener('keydown', (event) => onKey(event, element));
  element.addEventListener('focusout', (event) => {
    if (event.relatedTarget && !element.contains(event.relatedTarget)) closeMenu();
  });
  byId('main').append(element);
  element.showPopover();
  place(element, anchor);
  anchor.setAttribute('aria-expanded', 'true');
  current = { element, anchor };
  (element.querySelector('[aria-checked=true]') ?? element.querySelector('.menu-entry')).focus();
}

document.addEventListener('pointerdown', (event) => {
  if (current && !current.element.contains(event.target) && !current.anchor.contains(event.target)) closeMenu();
});
addEventListener('resize', () => closeMenu());
