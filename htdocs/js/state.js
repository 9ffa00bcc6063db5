/*
 * state.js - what the server last said, and what the page has done since
 *
 * Two layers. Below is the server's word, replaced by each poll. Above lie
 * overlays: what the user has just done and the server has not yet confirmed.
 * An overlay goes when a poll that *began* after the server's answer arrives,
 * so an older poll on its way can never make an action jump back and forth;
 * or at once when the action failed, which undoes it on the page.
 *
 * 'change' events carry the images that look different now; null means all.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */

import { parseReference, safeLink, shortName } from './image.js';
import { parseBuild, parseMoment } from './time.js';

/* One host's part in an image. */
function hostOf(host) {
  return {
    name: host.hostname,
    acknowledged: host.acknowledged,
    containers: host.containers,
    digest: host.digest,
    received: parseMoment(host.received_at) ?? 0,
    since: parseMoment(host.first_pending_at),
    done: parseMoment(host.acknowledged_at),
    by: host.acknowledged_by,
  };
}

/* An item as it will be once these hosts (all: undefined) are dealt with. */
export function acknowledgedItem(item, acknowledged, name) {
  const hosts = item.hosts.map((host) => (
    name === undefined || host.name === name ? { ...host, acknowledged } : host));
  return { ...item, hosts, acknowledged: hosts.every((host) => host.acknowledged) };
}

/* An entry of GET /api/updates as the page wants it. */
export function itemOf(image, entry) {
  const event = entry.event ?? {};
  const reference = parseReference(image);
  const hosts = (entry.hosts ?? []).map(hostOf);
  const containers = [...new Set(hosts.flatMap((host) => host.containers))];
  const received = parseMoment(entry.received_at) ?? 0;
  return {
    image,
    reference,
    title: shortName(reference),
    hosts,
    containers,
    state: event.metadata?.ctn_state ?? '',
    runs: event.metadata?.ctn_status ?? '',
    status: event.status ?? '',
    provider: event.provider ?? '',
    platform: event.platform ?? '',
    digest: event.digest ?? '',
    link: safeLink(event.hub_link),
    built: parseBuild(event.created),
    received,
    since: parseMoment(entry.first_pending_at) ?? received,
    pushes: entry.pushes ?? 0,
    acknowledged: Boolean(entry.acknowledged),
    done: parseMoment(entry.acknowledged_at),
    by: entry.acknowledged_by ?? '',
    tag: entry.tag ?? null,
    problem: '',
    haystack: [image, ...hosts.map((host) => host.name), ...containers].join('\n').toLowerCase(),
    sortName: `${reference.name}\n${image}`.toLowerCase(),
    sortRegistry: `${reference.registry}\n${reference.space}/${reference.name}\n${image}`.toLowerCase(),
  };
}

export class State extends EventTarget {
  constructor() {
    super();
    this.loaded = false;
    this.tags = [];
    this.items = new Map();     /* image -> what the page shows */
    this.base = new Map();      /* image -> {text, received, item}: the server's word */
    this.overlays = new Set();  /* {images, patch(item), settled} */
    this.problems = new Map();  /* image -> text */
    this.clock = 0;
  }

  get(image) {
    return this.items.get(image);
  }

  all() {
    return [...this.items.values()];
  }

  pending() {
    return this.all().filter((item) => !item.acknowledged);
  }

  /* To be called before a poll; what it returns goes to the apply functions. */
  begin() {
    this.clock += 1;
    return this.clock;
  }

  /* What the server says has changed, see api.fetchChanges; null: nothing. */
  applyChanges(changes, token) {
    const changed = this.#dropSettled(token);
    if (changes) {
      const { updates, full } = changes;
      const gone = full ? [...this.base.keys()].filter((image) => !Object.hasOwn(updates, image))
        : changes.removed;
      for (const image of gone) {
        this.base.delete(image);
        this.problems.delete(image);
        changed.add(image);
      }
      for (const [image, entry] of Object.entries(updates)) {
        const text = JSON.stringify(entry);
        if (this.base.get(image)?.text !== text) {
          this.base.set(image, { text, received: entry.received_at, item: itemOf(image, entry) });
          changed.add(image);
        }
      }
      if (changes.tags) this.tags = changes.tags;
    }
    const always = !this.loaded || Boolean(changes?.tags);
    this.loaded = true;
    this.#refresh(changed, always);
  }

  /* Shows some images as patch(item) until it is settled or dropped. */
  overlay(images, patch) {
    const layer = { images: new Set(images), patch, settled: Infinity };
    this.overlays.add(layer);
    for (const image of images) this.problems.delete(image);
    this.#refresh(layer.images);
    return layer;
  }

  settle(layer) {
    layer.settled = this.clock;
  }

  drop(layer) {
    this.overlays.delete(layer);
    this.#refresh(layer.images);
  }

  /* Takes one image out of an overlay, and says on its card what went wrong. */
  fail(layer, image, problem) {
    layer.images.delete(image);
    this.problems.set(image, problem);
    this.#refresh(new Set([image]));
  }

  #dropSettled(token) {
    const changed = new Set();
    for (const layer of this.overlays) {
      if (token > layer.settled) {
        this.overlays.delete(layer);
        for (const image of layer.images) changed.add(image);
      }
    }
    return changed;
  }

  #refresh(images, always = false) {
    for (const image of images) {
      const base = this.base.get(image)?.item;
      if (!base) {
        this.items.delete(image);
        continue;
      }
      let item = base;
      for (const layer of this.overlays) {
        if (layer.images.has(image)) item = layer.patch(item);
      }
      const problem = this.problems.get(image);
      if (problem) item = { ...item, problem };
      this.items.set(image, item);
    }
    if (images.size || always) {
      this.dispatchEvent(new CustomEvent('change', { detail: { images: new Set(images) } }));
    }
  }
}
