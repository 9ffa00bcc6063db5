/*
 * hands.js - everything a person does to the images
 *
 * Not part of the first load, see later.js.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */

import { Actions } from './actions.js';
import { copy } from './clipboard.js';
import { openDialog, showKeys } from './dialog.js';
import { Drag } from './dnd.js';
import { make, plural } from './dom.js';
import { hostName } from './image.js';
import { openMenu } from './menu.js';
import * as hosts from './hosts.js';
import * as tags from './tags.js';
import { showTimeline } from './timeline.js';
import { toast } from './toast.js';

async function copyText(text, what) {
  toast({ text: await copy(text) ? `Copied ${what}` : 'The browser does not allow copying here' });
}

export class Hands {
  /* filter(change) narrows the list. */
  constructor(state, live, list, filter) {
    this.state = state;
    this.list = list;
    this.filter = filter;
    this.actions = new Actions(state, live);
    this.drag = new Drag(list, state, (image, tag) => this.actions.assign(image, tag));
    this.help = showKeys;
    this.tell = toast;
    this.copyDigest = (card) => copyText(card.item.digest, 'the digest');
  }

  /* A click somewhere in the list. */
  click(event) {
    const button = event.target.closest('button');
    const card = this.list.cardOf(button);
    const section = this.list.sectionOf(button);
    if (card) this.#onCard(card, button);
    else if (section) this.#onSection(section, button);
  }

  #onCard(card, button) {
    const { tick, handle, more, digest } = card.part;
    if (button === tick) this.actions.toggle(card.item);
    else if (button === handle && !this.drag.justEnded()) this.chooseTag(card);
    else if (button === more) this.#showMore(card);
    else if (button === digest) this.copyDigest(card);
    else if (button.matches('.host')) this.#showHost(card, button);
  }

  #showHost({ image, item }, chip) {
    const name = chip.dataset.host;
    const host = item.hosts.find((one) => one.name === name);
    const { actions } = this;
    openMenu(chip, `Host ${hostName(name)}`, [
      { heading: hostName(name) },
      host.acknowledged
        ? { label: 'Reopen on this host', run: () => actions.reopenHost(image, name) }
        : { label: 'Acknowledge on this host', run: () => actions.acknowledgeHost(image, name) },
      { label: 'Show this host only', run: () => this.filter({ host: name }) },
      { label: 'Rename this host …', run: () => hosts.askRename(name, actions) },
      { label: 'Remove from this host …', run: () => hosts.askRemove(item, actions, name) },
    ]);
  }

  #onSection(section, button) {
    const { acknowledge, rename, remove } = section.buttons;
    if (button === acknowledge) tags.askAcknowledge(section, this.actions, button);
    else if (button === rename) tags.askRename(section, this.actions, button);
    else if (button === remove) tags.askDelete(section, this.actions, button);
  }

  newTag() {
    tags.openNewTag(this.actions);
  }

  toggle(card) {
    this.actions.toggle(card.item);
  }

  undo() {
    this.actions.undo();
  }

  chooseTag(card) {
    openMenu(card.part.handle, `Tag of ${card.item.title}`, this.#tagEntries(card));
  }

  #tagEntries({ image, item }) {
    const here = item.tag?.id ?? null;
    return [
      { heading: 'Tag' },
      ...this.state.tags.map((tag) => ({
        label: tag.name, checked: tag.id === here, run: () => this.actions.assign(image, tag),
      })),
      { label: 'Untagged', checked: here === null, run: () => this.actions.assign(image, null) },
      { label: 'New tag …', run: () => tags.askNewTagFor(item, this.actions) },
    ];
  }

  #showMore(card) {
    const { item } = card;
    openMenu(card.part.more, `More for ${item.title}`, [
      { label: item.acknowledged ? 'Reopen' : 'Acknowledge', key: 'a', run: () => this.toggle(card) },
      { label: 'History …', key: 'h', run: () => this.history(card) },
      { label: 'Copy the image name', run: () => copyText(item.image, 'the image name') },
      { label: 'Copy the digest', key: 'c', run: () => this.copyDigest(card) },
      { label: 'Remove …', run: () => hosts.askRemove(item, this.actions) },
      ...this.#tagEntries(card),
    ]);
  }

  history(card) {
    showTimeline(card.item);
  }

  askAcknowledgeAll() {
    const pending = this.state.pending().length;
    const hidden = pending - this.list.visibleCount({ pending: true });
    const aside = hidden > 0
      ? ` ${plural(hidden, 'of them is', 'of them are')} not shown by the present filters.` : '';
    openDialog({
      title: 'Acknowledge everything?',
      body: make('p', '', `${plural(pending, 'image')} will count as dealt with.${aside}`
        + ' You can undo it for a while, and reopen each of them later.'),
      yes: 'Acknowledge all',
      run: () => this.actions.acknowledgeAll(),
    });
  }
}
