/*
 * rest.js - what stands in the place of the list when there is nothing to list
 *
 * Before the first event: how to connect Diun (empty.html), with snippets that
 * carry the address of this very page. Later: all caught up, or nothing found.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */

import { copy } from './clipboard.js';
import { byId, make, plural, say, setClass, setHidden, setText } from './dom.js';
import { hostName } from './image.js';
import { ago, sinceShort } from './time.js';

function snippets(endpoint) {
  return {
    yaml: `notif:
  webhook:
    endpoint: ${endpoint}
    method: POST
    timeout: 10s
    # headers:
    #   authorization: Bearer YOUR_SECRET`,
    env: `hostname: nas  # the name shown here
environment:
  DIUN_NOTIF_WEBHOOK_ENDPOINT: ${endpoint}
  DIUN_NOTIF_WEBHOOK_METHOD: POST
  DIUN_NOTIF_WEBHOOK_TIMEOUT: 10s
  # DIUN_NOTIF_WEBHOOK_HEADERS_AUTHORIZATION: Bearer YOUR_SECRET`,
    test: 'docker exec diun diun notif test',
  };
}

let filled = false;

/* A test has come: say so, where it says that nothing has. */
function showTest(root, test) {
  if (!test?.id) return;
  setText(root.querySelector('.listening span'), `Test received from ${hostName(test.host)}, ${sinceShort(test.at)}`);
  setText(root.querySelector('h2'), 'It works');
}

/* The first steps, once. Later calls find them there. */
export async function fillEmpty(test) {
  showTest(byId('empty'), filled ? test : null);
  if (filled) return;
  filled = true;
  const root = byId('empty');
  const endpoint = new URL('webhook', document.baseURI);
  const texts = snippets(endpoint.href);
  const answer = await fetch('empty.html').catch(() => ({ ok: false }));
  if (!answer.ok) {
    filled = false;
    return;
  }
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  root.replaceChildren(...page.body.children);
  for (const code of root.querySelectorAll('[data-snippet]')) {
    const text = texts[code.dataset.snippet];
    const button = code.closest('figure').querySelector('.copy');
    code.textContent = text;
    button.addEventListener('click', async () => {
      const done = await copy(text);
      button.textContent = done ? 'Copied' : 'Select and copy';
      say(done ? 'Copied' : 'The browser does not allow copying here');
      setTimeout(() => { button.textContent = 'Copy'; }, 2000);
    });
  }
  setHidden(root.querySelector('[data-local]'), !/^(localhost|127\.|\[::1\])/.test(endpoint.host));
  root.querySelector('[data-local-name]').textContent = endpoint.hostname;
  showTest(root, test);
}

function words(bar, total, newest) {
  const { status } = bar.filter;
  if (bar.narrow) {
    return ['Nothing matches', `None of the ${plural(total, 'image')} fits the filters${
      status === 'all' ? '' : ` and is ${status}`}.`, 'Clear filters', () => bar.clear()];
  }
  if (status === 'pending') {
    return ['All caught up', `Nothing is pending. ${plural(total, 'image')} acknowledged; the last event came ${
      ago(newest)}.`, 'Show the acknowledged', () => bar.set({ status: 'acknowledged' })];
  }
  return ['Nothing here', 'No image has been acknowledged yet.', 'Show the pending',
    () => bar.set({ status: 'pending' })];
}

/* Says why nothing is listed, and offers a way out. */
export function fillCalm(bar, total, newest) {
  const root = byId('calm');
  if (!root.querySelector('p')) root.append(make('h2'), make('p'), make('button', 'button'));
  const [title, text, label, run] = words(bar, total, newest);
  setClass(root, 'done', title === 'All caught up');
  setText(root.querySelector('h2'), title);
  setText(root.querySelector('p'), text);
  const button = root.querySelector('button');
  setText(button, label);
  button.type = 'button';
  button.onclick = run;
}
