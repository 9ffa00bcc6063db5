/*
 * dialog.js - questions and lists that need the whole attention
 *
 * The browser's own dialog element: it keeps the focus inside, closes with
 * Escape, and gives the focus back to where it was.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */

import { make, setText } from './dom.js';

const KEYS = [
  ['j k', 'next and previous image'],
  ['a', 'acknowledge, or reopen'],
  ['u', 'undo the last step'],
  ['t', 'choose a tag'],
  ['o', "open the image's page"],
  ['c', 'copy the digest'],
  ['h', 'history of the image'],
  ['/', 'search'],
  ['Esc', 'clear the search, close, let go of a drag'],
  ['1 2 3', 'pending, acknowledged, all'],
  ['r', 'refresh'],
  ['?', 'this list'],
];

/*
 * body: a node. yes: the label of the button that does it, none for a list
 * that is only read. run() may return a problem in words: it is shown, and the
 * dialog stays.
 */
export function openDialog({ title, body, yes, run, focus }) {
  const dialog = make('dialog', 'dialog');
  const heading = make('h2', '', title);
  const problem = make('p', 'problem');
  const foot = make('div', 'dialog-foot');
  const cancel = make('button', 'button', yes ? 'Cancel' : 'Close');
  const confirm = make('button', 'button primary', yes);
  const before = document.activeElement;
  heading.id = 'dialog-title';
  dialog.setAttribute('aria-labelledby', heading.id);
  problem.setAttribute('role', 'alert');
  cancel.type = 'button';
  confirm.type = 'button';
  foot.append(cancel);
  if (yes) foot.append(confirm);
  dialog.append(heading, body, problem, foot);

  const submit = async () => {
    confirm.disabled = true;
    const words = await run();
    confirm.disabled = false;
    setText(problem, words ?? '');
    if (words) (focus ?? confirm).focus();
    else dialog.close();
  };

  confirm.addEventListener('click', submit);
  cancel.addEventListener('click', () => dialog.close());
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener('submit', (event) => {
    event.preventDefault();
    submit();
  });
  dialog.addEventListener('close', () => {
    dialog.remove();
    if (before?.isConnected) before.focus({ preventScroll: true });
  });
  document.body.append(dialog);
  dialog.showModal();
  (focus ?? (yes ? confirm : cancel)).focus();
  return dialog;
}

export function showKeys() {
  const list = make('dl', 'keys');
  for (const [keys, text] of KEYS) {
    const row = make('div');
    const term = make('dt');
    for (const key of keys.split(' ')) term.append(make('kbd', '', key), ' ');
    row.append(term, make('dd', '', text));
    list.append(row);
  }
  openDialog({ title: 'Keyboard shortcuts', body: list });
}
