/*
 * live.js - asks the server again and again, as seldom as will do
 *
 * Every five seconds while the page is visible, with If-None-Match; not at all
 * while it is hidden. When the server does not answer, the pauses grow to a
 * minute, and the page says since when. Events: 'state' when the connection
 * looks different, 'news' with the images that have just come, 'test' when
 * `diun notif test` has.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */

import * as api from './api.js';
import { now, parseMoment } from './time.js';

const PAUSE = 5000;
const LONGEST = 60000;
const RECENT = 10 * 60000;

export class Live extends EventTarget {
  constructor(state) {
    super();
    this.state = state;
    this.timer = null;
    this.running = null;
    this.again = false;
    this.failures = 0;
    this.since = null;      /* when the server was first out of reach */
    this.checked = null;    /* the last answer */
    this.error = null;
    this.nextAt = null;
    this.test = null;       /* the last test: {id, host, at}; none: id 0 */
  }

  start() {
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) this.#pause();
      else this.now();
    });
    addEventListener('online', () => this.now());
    return this.now();
  }

  get name() {
    if (this.error) return 'offline';
    if (document.hidden) return 'paused';
    return this.checked === null ? 'connecting' : 'live';
  }

  /* Asks at once; when a poll is under way, once more right after it. */
  now() {
    if (this.running) {
      this.again = true;
      return this.running.then(() => this.running);
    }
    this.running = this.#poll().finally(() => {
      this.running = null;
      if (this.again) {
        this.again = false;
        this.now();
      } else this.#schedule();
    });
    return this.running;
  }

  #pause() {
    clearTimeout(this.timer);
    this.timer = null;
    this.#tell();
  }

  #schedule() {
    clearTimeout(this.timer);
    if (document.hidden) return;
    const pause = this.failures ? Math.min(PAUSE * 2 ** (this.failures - 1), LONGEST) : PAUSE;
    this.nextAt = now() + pause;
    this.timer = setTimeout(() => this.now(), pause);
    this.#tell();
  }

  async #poll() {
    clearTimeout(this.timer);
    const token = this.state.begin();
    let news = [];
    try {
      const changes = await api.fetchChanges();
      news = this.#newsIn(changes);
      this.dispatchEvent(new CustomEvent('arriving', { detail: news }));
      this.state.applyChanges(changes, token);
      if (changes) await this.#lookForTest();
      this.failures = 0;
      this.error = null;
      this.since = null;
      this.checked = now();
    } catch (error) {
      if (!(error instanceof api.Failure)) console.error(error);
      this.failures += 1;
      this.error = error;
      this.since ??= now();
    }
    this.#tell();
    if (news.length) this.dispatchEvent(new CustomEvent('news', { detail: news }));
  }

  /* Pending images whose event is another than the one that is known. */
  #newsIn(changes) {
    if (!changes || !this.state.loaded) return [];
    return Object.entries(changes.updates).filter(([image, entry]) => (
      !entry.acknowledged && this.state.base.get(image)?.received !== entry.received_at)).map(([image]) => image);
  }

  /* A test is in no list: history alone tells of it. */
  async #lookForTest() {
    const { history: [newest] } = await api.fetchHistory({ action: 'test', limit: 1 });
    const before = this.test;
    if (newest?.id === before?.id) return;
    this.test = newest ? { id: newest.id, host: newest.hostname, at: parseMoment(newest.at) } : { id: 0 };
    /* One that came before the page was opened is news only while it is. */
    if (newest && (before || now() - this.test.at < RECENT)) this.dispatchEvent(new Event('test'));
  }

  #tell() {
    this.dispatchEvent(new Event('state'));
  }
}
