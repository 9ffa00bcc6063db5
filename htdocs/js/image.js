/*
 * image.js - what is in an image's name, and what an event says about it
 *
 * References are read from the right, as Diun's documentation has it: a digest
 * after '@', then a tag after the last ':' behind the last '/'. Everything here
 * is text from elsewhere: it is taken apart, never trusted.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */

/* 'docker.io/library/nginx:1.29' -> {registry, space, name, tag, pinned} */
export function parseReference(image) {
  const at = image.indexOf('@');
  const pinned = at < 0 ? '' : image.slice(at + 1);
  let rest = at < 0 ? image : image.slice(0, at);
  const colon = rest.lastIndexOf(':');
  let tag = '';
  if (colon > rest.lastIndexOf('/')) {
    tag = rest.slice(colon + 1);
    rest = rest.slice(0, colon);
  }
  const parts = rest.split('/');
  const registry = parts.length > 1 && /[.:]|^localhost$/.test(parts[0]) ? parts.shift() : '';
  const name = parts.pop() || image;
  let space = parts.join('/');
  if (registry === 'docker.io' && space === 'library') space = '';
  return { registry, space, name, tag, pinned, repository: rest };
}

export function shortName(reference) {
  return reference.tag ? `${reference.name}:${reference.tag}` : reference.name;
}

/* Diun before 4.0 did not say where it runs. */
export const hostName = (name) => name || 'unknown host';

/* A link is made from http and https only; everything else is no link. */
export function safeLink(text) {
  try {
    const url = new URL(text);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : '';
  } catch {
    return '';
  }
}

export function shortDigest(digest) {
  return digest.slice(digest.indexOf(':') + 1).slice(0, 12);
}

/* Two letters that stand for a name: 'home-assistant' is HA, 'nginx' is NG. */
export function initials(name) {
  const words = name.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  const letters = words.length > 1
    ? [...words[0]].slice(0, 1).concat([...words[1]].slice(0, 1))
    : [...(words[0] ?? '')].slice(0, 2);
  return letters.join('').toUpperCase() || '?';
}

/* A colour of its own for each repository: the same everywhere, always. */
export function hue(repository) {
  let hash = 0x811c9dc5;
  for (let i = 0; i < repository.length; i++) {
    hash = Math.imul(hash ^ repository.charCodeAt(i), 0x01000193);
  }
  return ((hash >>> 8) % 30) * 12;
}
