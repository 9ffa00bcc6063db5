/*
 * tags.js - creating, renaming and deleting tags, and questions in place
 *
 * A question or a form stands where the buttons of the section were, and they
 * come back with their focus when it is answered.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */

import * as api from './api.js';
import { openDialog } from './dialog.js';
import { byId, make, plural, say, setClass, setHidden, setText } from './dom.js';

/* Runs a change; returns what went wrong in words, or nothing. */
async function attempt(live, job) {
  try {
    await job();
  } catch (error) {
    return `That did not work: ${error.message}.`;
  }
  await live.now();
  return undefined;
}

function create(actions, name, image) {
  if (!name) return 'A tag needs a name.';
  return attempt(actions.live, async () => {
    const tag = await api.createTag(name);
    say(`Created the tag ${name}`);
    if (image) actions.assign(image, tag);
  });
}

function rename({ live }, tag, name) {
  if (!name) return 'A tag needs a name.';
  return attempt(live, async () => {
    await api.renameTag(tag.id, name);
    live.dispatchEvent(new CustomEvent('renamed', { detail: { from: tag.name, to: name } }));
    say(`Renamed the tag to ${name}`);
  });
}

function button(text, className, onclick) {
  const node = make('button', className, text);
  node.type = onclick ? 'button' : 'submit';
  if (onclick) node.addEventListener('click', onclick);
  return node;
}

function nameField(label, value = '') {
  const input = make('input');
  input.type = 'text';
  input.name = 'name';
  input.maxLength = 100;
  input.autocomplete = 'off';
  input.value = value;
  input.setAttribute('aria-label', label);
  return input;
}

function escapes(node, close) {
  node.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    close();
  });
}

/* A form for a name. save(name) returns a problem in words, or nothing. */
function nameForm({ label, value, yes, save, close, tell }) {
  const form = make('form', 'edit');
  const input = nameField(label, value);
  input.placeholder = label;
  form.append(input, button(yes, 'button primary'), button('Cancel', 'quiet', close));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const problem = await save(input.value.trim());
    if (problem) {
      tell(problem);
      input.focus();
    } else close();
  });
  escapes(form, close);
  return { form, input };
}

/* A heading that a form stands in for is still one to a screen reader. */
function cover({ fold }, covered) {
  fold.disabled = covered;
  setClass(fold.parentElement, 'hush', covered);
}

/* Puts node in the place of a section's tools; returns how to take it away. */
function standIn(section, back, node, covers) {
  section.showProblem('');
  setHidden(section.tools, true);
  if (covers) cover(section, true);
  section.tools.after(node);
  return () => {
    node.remove();
    section.showProblem('');
    setHidden(section.tools, false);
    cover(section, false);
    (back.hidden ? section.fold : back).focus();
  };
}

function ask(section, back, text, yes, run) {
  const question = make('div', 'confirm');
  question.setAttribute('role', 'group');
  question.setAttribute('aria-label', text);
  let close = null;
  const confirm = button(yes, 'button primary', async () => {
    confirm.disabled = true;
    const problem = await run();
    close();
    section.showProblem(problem ?? '');
  });
  question.append(make('p', '', text), confirm, button('Cancel', 'quiet', () => close()));
  escapes(question, () => close());
  close = standIn(section, back, question);
  confirm.focus();
}

export function askAcknowledge(section, actions, back) {
  ask(section, back, `Acknowledge ${plural(section.pendingCount, 'image')}?`, 'Acknowledge',
    () => actions.acknowledgeSection(section.visible, section.tag, section.whole));
}

export function askDelete(section, actions, back) {
  const { tag, total } = section;
  const text = total === 0 ? 'Delete this tag?'
    : `Delete this tag? Its ${plural(total, 'image stays', 'images stay')}, untagged.`;
  ask(section, back, text, 'Delete', () => attempt(actions.live, async () => {
    await api.deleteTag(tag.id);
    say(`Deleted the tag ${tag.name}`);
  }));
}

export function askRename(section, actions, back) {
  const { tag } = section;
  let close = null;
  const { form, input } = nameForm({
    label: 'Name of the tag',
    value: tag.name,
    yes: 'Rename',
    save: (name) => (name === tag.name ? undefined : rename(actions, tag, name)),
    close: () => close(),
    tell: (text) => section.showProblem(text),
  });
  close = standIn(section, back, form, true);
  input.select();
  input.focus();
}

/* The form of a new tag, below the filters. */
export function openNewTag(actions) {
  if (byId('new-tag-form')) return;
  const problem = make('p', 'problem');
  problem.setAttribute('role', 'alert');
  const { form, input } = nameForm({
    label: 'Name of the new tag',
    yes: 'Create',
    save: (name) => create(actions, name),
    close: () => {
      form.remove();
      byId('new-tag').focus();
    },
    tell: (text) => setText(problem, text),
  });
  form.id = 'new-tag-form';
  form.append(problem);
  byId('filters').after(form);
  input.focus();
}

/* Asks for a name, creates the tag, and files the item's image under it. */
export function askNewTagFor(item, actions) {
  const form = make('form', 'field');
  const input = nameField('Name');
  form.append(input);
  openDialog({
    title: `New tag for ${item.title}`,
    body: form,
    yes: 'Create',
    focus: input,
    run: () => create(actions, input.value.trim(), item.image),
  });
}
