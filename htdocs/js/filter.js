/*
 * filter.js - what is looked for, kept in the address of the page
 *
 * ?q=text&status=all&tag=media&host=nas&sort=name. What is as usual is left
 * out; an empty tag= means the untagged. So a bookmark shows the same view.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */

const STATUS = ['pending', 'acknowledged', 'all'];
const SORT = ['date', 'name', 'registry'];

const pick = (value, allowed) => (allowed.includes(value) ? value : allowed[0]);

export function readFilter(search = location.search) {
  const query = new URLSearchParams(search);
  return {
    text: query.get('q') ?? '',
    status: pick(query.get('status'), STATUS),
    tag: query.get('tag'),      /* null: any, '': untagged, else a name */
    host: query.get('host'),    /* null: any */
    sort: pick(query.get('sort'), SORT),
  };
}

export function filterAddress(filter) {
  const query = new URLSearchParams();
  if (filter.text) query.set('q', filter.text);
  if (filter.status !== STATUS[0]) query.set('status', filter.status);
  if (filter.tag !== null) query.set('tag', filter.tag);
  if (filter.host !== null) query.set('host', filter.host);
  if (filter.sort !== SORT[0]) query.set('sort', filter.sort);
  const text = query.toString();
  return location.pathname + (text ? `?${text}` : '') + location.hash;
}

/* Does it show less than everything of its status? */
export function isNarrow(filter) {
  return Boolean(filter.text.trim()) || filter.tag !== null || filter.host !== null;
}

/* The filter as a function of an item. All words must be found. */
export function matcher(filter) {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  return (item) => {
    if (filter.status === 'pending' && item.acknowledged) return false;
    if (filter.status === 'acknowledged' && !item.acknowledged) return false;
    if (filter.tag !== null && (item.tag?.name ?? '') !== filter.tag) return false;
    if (filter.host !== null && !item.hosts.some((host) => host.name === filter.host)) return false;
    return words.every((word) => item.haystack.includes(word));
  };
}

const byText = (a, b) => (a < b ? -1 : Number(a > b));

const COMPARE = {
  date: (a, b) => b.received - a.received || byText(a.sortName, b.sortName),
  name: (a, b) => byText(a.sortName, b.sortName),
  registry: (a, b) => byText(a.sortRegistry, b.sortRegistry),
};

/* What is pending comes first, whatever the order. */
export function comparer(sort) {
  const compare = COMPARE[sort];
  return (a, b) => a.acknowledged - b.acknowledged || compare(a, b);
}
