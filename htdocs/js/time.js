/*
 * time.js - moments and spans in words
 *
 * "Now" is the server's: its Date header corrects a clock that is off, so that
 * nothing is pending for minus three hours. Moments are milliseconds; null is
 * a moment that nobody knows.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */

const MINUTE = 60e3;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let offset = 0;

/* Differences below two minutes are left alone: they may be the network's. */
export function noteServerTime(header) {
  const server = Date.parse(header ?? '');
  if (Number.isNaN(server)) return;
  const difference = server - Date.now();
  offset = Math.abs(difference) > 2 * MINUTE ? difference : 0;
}

export const now = () => Date.now() + offset;

/*
 * RFC 3339 to milliseconds. Builds that are meant to be reproducible say 1970
 * or 1980, images without a date say the year 1: nobody knows, then.
 */
export function parseMoment(text) {
  const value = Date.parse(text ?? '');
  return Number.isNaN(value) ? null : value;
}

export function parseBuild(text) {
  const value = parseMoment(text);
  return value !== null && value > Date.UTC(1981, 0, 1) ? value : null;
}

function count(n, unit) {
  return `${n} ${unit}${n === 1 ? '' : 's'}`;
}

/* A span in one unit: "4 minutes", "31 hours", "38 days". */
export function span(milliseconds) {
  const value = Math.max(0, milliseconds);
  if (value < MINUTE) return 'less than a minute';
  if (value < HOUR) return count(Math.floor(value / MINUTE), 'minute');
  if (value < 2 * DAY) return count(Math.floor(value / HOUR), 'hour');
  if (value < 90 * DAY) return count(Math.floor(value / DAY), 'day');
  if (value < 730 * DAY) return count(Math.floor(value / (30.44 * DAY)), 'month');
  return count(Math.floor(value / (365.25 * DAY)), 'year');
}

export function ago(moment) {
  const value = now() - moment;
  return value < MINUTE ? 'just now' : `${span(value)} ago`;
}

/* To the second while it is new: "5 seconds ago". */
export function sinceShort(moment) {
  const seconds = Math.round((now() - moment) / 1000);
  return seconds >= 1 && seconds < 60 ? `${count(seconds, 'second')} ago` : ago(moment);
}

export function pendingFor(moment) {
  const value = now() - moment;
  return value < MINUTE ? 'arrived just now' : `pending for ${span(value)}`;
}

export function builtBefore(built, received) {
  const value = received - built;
  if (value < -MINUTE) return `image built ${ago(built)}`;
  return value < MINUTE ? 'image built just before' : `image built ${span(value)} earlier`;
}

const exactFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });
const clockFormat = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const minuteFormat = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });

export const exact = (moment) => exactFormat.format(moment);
export const clock = (moment) => clockFormat.format(moment);
export const clockMinute = (moment) => minuteFormat.format(moment);
