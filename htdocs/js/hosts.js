/*
 * hosts.js - what can be asked about a host: another name, and to forget
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */

import * as api from './api.js';
import { openDialog } from './dialog.js';
import { make, plural } from './dom.js';
import { hostName } from './image.js';

/* A host may have been named by chance, such as by a container's id. */
export function askRename(name, actions) {
  const form = make('form', 'field');
  const label = make('label', '', 'Name');
  const input = make('input');
  input.type = 'text';
  input.maxLength = 100;
  input.autocomplete = 'off';
  input.value = name;
  label.append(input);
  form.append(label, make('p', 'aside', 'History is renamed, too. If there is a host of that name already, the two '
    + 'become one. To keep the name, add ?host=NAME to the endpoint in that Diun.'));
  openDialog({
    title: `Rename ${hostName(name)}`,
    body: form,
    yes: 'Rename',
    focus: input,
    run: () => {
      const to = input.value.trim();
      if (!to) return 'A host needs a name.';
      if (to === name) return undefined;
      return actions.change(() => api.renameHost(name, to), `Renamed ${hostName(name)} to ${to}`);
    },
  });
  input.select();
}

/* host: undefined for the whole image. */
export function askRemove(item, actions, host) {
  const { title, image, hosts } = item;
  const where = host === undefined ? '' : ` from ${hostName(host)}`;
  const whole = host === undefined || hosts.length === 1;
  const many = host === undefined && hosts.length > 1 ? ` with its ${plural(hosts.length, 'host')}` : '';
  openDialog({
    title: `Remove ${title}${where}?`,
    body: make('p', 'dialog-body', `For what no longer runs${whole ? '' : ' there'}. ${whole
      ? `The image leaves the list${many}, and loses its tag.` : 'The other hosts stay.'} History keeps it, and `
      + 'it comes back when Diun reports it again.'),
    yes: 'Remove',
    run: () => actions.change(() => api.remove(image, host), `Removed ${title}${where}`),
  });
}
