/*
 * actions.js - what a person can do, and how it is undone
 *
 * Each action shows on the page at once, then goes to the server. When the
 * server refuses, the page goes back and says why on the card concerned.
 * Functions that a question waits for return a problem in words, or nothing.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */

import * as api from './api.js';
import { plural, say } from './dom.js';
import { hostName } from './image.js';
import { acknowledgedItem } from './state.js';
import { toast } from './toast.js';

const LANES = 4;    /* requests at a time, when there are many */

/* Runs job for each of the images; returns those that failed, with the error. */
async function each(images, job) {
  const queue = [...images];
  const failed = new Map();
  const lane = async () => {
    for (let image = queue.shift(); image !== undefined; image = queue.shift()) {
      try {
        await job(image);
      } catch (error) {
        failed.set(image, error);
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return failed;
}

const sentence = (what, error) => `${what}: ${error.message}.`;

/* Patches of an item, see State.overlay. */
const acknowledged = (item) => acknowledgedItem(item, true);
const reopened = (item) => acknowledgedItem(item, false);

export class Actions {
  constructor(state, live) {
    this.state = state;
    this.live = live;
    this.last = null;       /* what 'undo' would undo */
    this.waiting = new Map();   /* image -> the request that is under way */
  }

  /* Requests about one image go out one after the other, in order. */
  #inTurn(image, job) {
    const before = this.waiting.get(image) ?? Promise.resolve();
    const mine = before.catch(() => {}).then(job);
    this.waiting.set(image, mine);
    const clean = () => {
      if (this.waiting.get(image) === mine) this.waiting.delete(image);
    };
    mine.then(clean, clean);
    return mine;
  }

  /* Shows a patch at once, sends, and settles or takes back. */
  async #apply(images, patch, job, what) {
    const layer = this.state.overlay(images, patch);
    const failed = await each(images, (image) => this.#inTurn(image, () => job(image)));
    this.state.settle(layer);
    for (const [image, error] of failed) this.state.fail(layer, image, sentence(what, error));
    this.live.now();
    return failed;
  }

  #offerUndo(text, images, undo) {
    const merged = this.last?.kind === undo.kind && this.last.toast.open
      ? new Set([...this.last.images, ...images]) : new Set(images);
    if (this.last?.toast.open) this.last.toast.close();
    const run = () => {
      this.last = null;
      undo.run([...merged]);
    };
    const words = merged.size > images.length ? undo.many(merged.size) : text;
    this.last = {
      kind: undo.kind, images: merged, run, toast: toast({ text: words, action: { label: 'Undo', run } }),
    };
  }

  /* A failed image is no longer among what could be undone. */
  #withdraw(failed) {
    if (!failed.size || !this.last) return;
    for (const image of failed.keys()) this.last.images.delete(image);
    if (this.last.images.size === 0) {
      this.last.toast.close();
      this.last = null;
    }
  }

  undo() {
    if (!this.last?.toast.open) return;
    const { run, toast: message } = this.last;
    message.close();
    run();
  }

  #title(images) {
    return images.length === 1 ? this.state.get(images[0])?.title ?? images[0] : plural(images.length, 'image');
  }

  #acknowledgeUndo() {
    return {
      kind: 'acknowledge',
      many: (n) => `Acknowledged ${plural(n, 'image')}`,
      run: (images) => {
        say(`Reopened ${this.#title(images)}`);
        this.#apply(images, reopened, (image) => api.reopen(image), 'Not reopened');
      },
    };
  }

  async acknowledge(images) {
    if (images.length === 0) return;
    this.#offerUndo(`Acknowledged ${this.#title(images)}`, images, this.#acknowledgeUndo());
    this.#withdraw(await this.#apply(images, acknowledged, (image) => api.acknowledge(image), 'Not acknowledged'));
  }

  async reopen(image) {
    say(`Reopened ${this.#title([image])}`);
    await this.#apply([image], reopened, () => api.reopen(image), 'Not reopened');
  }

  /* The same on one host alone. */
  async acknowledgeHost(image, host) {
    const text = `Acknowledged ${this.#title([image])} on ${hostName(host)}`;
    this.#offerUndo(text, [image], {
      kind: `acknowledge ${image} ${host}`, many: () => text, run: () => this.reopenHost(image, host),
    });
    this.#withdraw(await this.#apply([image], (item) => acknowledgedItem(item, true, host),
      () => api.acknowledge(image, host), 'Not acknowledged'));
  }

  async reopenHost(image, host) {
    say(`Reopened ${this.#title([image])} on ${hostName(host)}`);
    await this.#apply([image], (item) => acknowledgedItem(item, false, host),
      () => api.reopen(image, host), 'Not reopened');
  }

  /* For questions: a change that only the server can make, see tags.attempt. */
  async change(job, done) {
    try {
      await job();
    } catch (error) {
      return `That did not work: ${error.message}.`;
    }
    await this.live.now();
    toast({ text: done });
    return undefined;
  }

  toggle(item) {
    return item.acknowledged ? this.reopen(item.image) : this.acknowledge([item.image]);
  }

  /* One request for many images. Returns a problem in words, or nothing. */
  async #bulk(images, request) {
    const layer = this.state.overlay(images, acknowledged);
    try {
      await request();
    } catch (error) {
      this.state.drop(layer);
      return sentence('Not acknowledged', error);
    }
    this.state.settle(layer);
    this.#offerUndo(`Acknowledged ${this.#title(images)}`, images, this.#acknowledgeUndo());
    this.live.now();
    return undefined;
  }

  acknowledgeAll() {
    return this.#bulk(this.state.pending().map((item) => item.image), api.acknowledgeAll);
  }

  /* visible: the section's items; whole: they are all that the tag has. */
  acknowledgeSection(visible, tag, whole) {
    const images = visible.filter((item) => !item.acknowledged).map((item) => item.image);
    if (tag && whole) return this.#bulk(images, () => api.acknowledgeByTag(tag.id));
    return this.acknowledge(images);
  }

  async assign(image, tag) {
    const before = this.state.get(image)?.tag ?? null;
    if ((before?.id ?? null) === (tag?.id ?? null)) return;
    const send = (to) => (img) => (to ? api.assignTag(img, to.id) : api.unassignTag(img));
    const text = tag ? `Moved ${this.#title([image])} to ${tag.name}` : `Took the tag off ${this.#title([image])}`;
    this.#offerUndo(text, [image], {
      kind: `assign ${image} ${tag?.id}`,
      many: () => text,
      run: () => this.#apply([image], (item) => ({ ...item, tag: before }), send(before), 'Not moved'),
    });
    this.#withdraw(await this.#apply([image], (item) => ({ ...item, tag }), send(tag), 'Not moved'));
  }
}
