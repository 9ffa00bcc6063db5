/*
 * later.js - parts of the page that are fetched when they are needed
 *
 * A page that is only looked at needs no menus, dialogs, dragging, messages. They come
 * all together (hands.js) with the first sign of a person: a pointer over the
 * page, a touch, a key. What that person did meanwhile is not lost, only done
 * a moment later.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */

import { make } from './dom.js';

function sheet(href) {
  return new Promise((resolve, reject) => {
    const link = make('link');
    link.rel = 'stylesheet';
    link.href = href;
    link.onload = resolve;
    link.onerror = () => {
      link.remove();
      reject(new Error(href));
    };
    document.head.append(link);
  });
}

/* A function that fetches a part once; when that fails, again next time. */
export function part(load, css) {
  let module = null;
  return () => {
    module ??= Promise.all([load(), sheet(css)]).then(([loaded]) => loaded, (error) => {
      module = null;
      throw error;
    });
    return module;
  };
}

/* The hands, made ready by begin(module); away(): they cannot be had now. */
export function hands(begin, away) {
  const get = part(() => import('./hands.js').then(begin), 'css/overlay.css');
  for (const sign of ['pointerover', 'pointerdown', 'keydown', 'focusin']) {
    document.addEventListener(sign, () => get().catch(() => {}), { once: true, passive: true });
  }
  return (run) => get().then(run, away);
}
