// fleet.mjs - a believable household of images, as Diun would report them
//
// fleet(n) gives n events, always the same ones. The first forty are those of
// a home server and a small fleet; beyond that names are made up from parts.
// Fields with an underscore are not Diun's: the age of the event in seconds,
// the tag to file it under, and whether somebody has dealt with it.
//
// Copyright (c) 2026 The diundash authors
// SPDX-License-Identifier: ISC

import { createHash } from 'node:crypto';

const HOUR = 3600;
const DAY = 24 * HOUR;

// image, host, containers, tag, age of the event, age of the build before it
const KNOWN = [
  ['ghcr.io/immich-app/immich-server:release', 'nas', 'immich-server', 'media', 24 * 60, 7 * HOUR],
  ['docker.io/jellyfin/jellyfin:10.11', 'nas', 'jellyfin', 'media', 5 * HOUR, 2 * DAY],
  ['docker.io/library/postgres:17-alpine', 'nas', 'immich-db,paperless-db', 'databases', 9 * HOUR, 2 * DAY],
  ['docker.io/library/traefik:v3.5', 'edge', 'traefik', 'network', 26 * HOUR, 5 * HOUR],
  ['ghcr.io/home-assistant/home-assistant:stable', 'pi-hallway', 'homeassistant', 'home', 31 * HOUR, 3 * HOUR],
  ['docker.io/vaultwarden/server:latest', 'edge', 'vaultwarden', null, 2 * DAY, 9 * HOUR],
  ['docker.io/library/nginx:1.29-alpine', 'edge', 'web', 'network', 3 * DAY, 2 * DAY],
  ['ghcr.io/paperless-ngx/paperless-ngx:2.18', 'nas', 'paperless', null, 3 * DAY + 4 * HOUR, 4 * HOUR],
  ['docker.io/adguard/adguardhome:latest', 'pi-hallway', 'adguard', 'network', 4 * DAY, 1 * DAY],
  ['docker.io/library/redis:8-alpine', 'nas', 'immich-cache,paperless-broker', 'databases', 6 * DAY, 3 * DAY],
  ['quay.io/prometheus/prometheus:v3.6.0', 'edge', 'prometheus', null, 8 * DAY, 2 * HOUR],
  ['docker.io/grafana/grafana:12.2', 'edge', 'grafana', null, 9 * DAY, 1 * DAY],
  ['lscr.io/linuxserver/sonarr:latest', 'nas', 'sonarr', 'media', 12 * DAY, 11 * HOUR],
  ['docker.io/eclipse-mosquitto:2', 'pi-hallway', 'mosquitto', 'home', 16 * DAY, 12 * DAY],
  ['registry.gitlab.com/acme/shop/frontend:stable', 'swarm-1', 'shop_frontend', null, 38 * DAY, 5 * HOUR],
  ['ghcr.io/immich-app/immich-machine-learning:release', 'nas', 'immich-machine-learning', 'media', 25 * 60, 7 * HOUR],
  ['docker.io/library/mariadb:11.4', 'nas', 'nextcloud-db', 'databases', 2 * DAY, 4 * DAY, 1],
  ['docker.io/library/nextcloud:31-apache', 'nas', 'nextcloud', null, 2 * DAY, 1 * DAY, 1],
  ['ghcr.io/gethomepage/homepage:v1.5', 'edge', 'homepage', 'home', 5 * DAY, 6 * HOUR, 1],
  ['docker.io/louislam/uptime-kuma:2', 'edge', 'uptime-kuma', null, 11 * DAY, 3 * DAY, 1],
  ['docker.io/pihole/pihole:2025.08.0', 'pi-attic', 'pihole', 'network', 14 * DAY, 2 * HOUR, 1],
  ['lscr.io/linuxserver/radarr:latest', 'nas', 'radarr', 'media', 13 * DAY, 8 * HOUR, 1],
  ['docker.io/koenkk/zigbee2mqtt:2.6', 'pi-hallway', 'zigbee2mqtt', 'home', 20 * DAY, 4 * HOUR, 1],
  ['ghcr.io/esphome/esphome:2025.9', 'pi-hallway', 'esphome', 'home', 21 * DAY, 3 * HOUR, 1],
  ['docker.io/library/caddy:2', 'pi-attic', 'caddy', 'network', 22 * DAY, 1 * DAY, 1],
  ['codeberg.org/forgejo/forgejo:12', 'nas', 'forgejo', null, 24 * DAY, 5 * HOUR, 1],
  ['docker.io/portainer/portainer-ce:lts', 'edge', 'portainer', null, 25 * DAY, 2 * DAY, 1],
  ['docker.io/navidrome/navidrome:0.58', 'nas', 'navidrome', 'media', 27 * DAY, 9 * HOUR, 1],
  ['ghcr.io/advplyr/audiobookshelf:2', 'nas', 'audiobookshelf', 'media', 30 * DAY, 6 * HOUR, 1],
  ['docker.io/syncthing/syncthing:2.0', 'nas', 'syncthing', null, 33 * DAY, 2 * HOUR, 1],
  ['docker.io/crazymax/diun:4', 'nas', 'diun', null, 35 * DAY, 1 * HOUR, 1],
  ['registry.lan:5000/family/calendar:main', 'nas', 'calendar', null, 36 * DAY, 300, 1],
  ['docker.io/freshrss/freshrss:1.27', 'edge', 'freshrss', null, 39 * DAY, 8 * HOUR, 1],
  ['docker.io/influxdb:2.7-alpine', 'edge', 'influxdb', 'databases', 41 * DAY, 5 * DAY, 1],
  ['docker.io/linuxserver/wireguard:latest', 'edge', 'wireguard', 'network', 44 * DAY, 7 * HOUR, 1],
  ['ghcr.io/mealie-recipes/mealie:v3.2', 'nas', 'mealie', null, 45 * DAY, 3 * HOUR, 1],
  ['docker.io/valkey/valkey:8', 'swarm-1', 'shop_cache', 'databases', 47 * DAY, 2 * DAY, 1],
  ['docker.io/gotenberg/gotenberg:8', 'nas', 'paperless-gotenberg', null, 52 * DAY, 1 * DAY, 1],
  ['docker.io/apache/tika:3.2.2.0', 'nas', 'paperless-tika', null, 55 * DAY, 6 * DAY, 1],
  ['quay.io/keycloak/keycloak:26.3', 'swarm-1', 'sso_keycloak', null, 61 * DAY, 4 * HOUR, 1],
];

const FIRST = ['atlas', 'basil', 'cedar', 'delta', 'ember', 'fjord', 'garnet', 'harbor', 'indigo', 'juniper'];
const SECOND = ['api', 'worker', 'proxy', 'cache', 'ui', 'sync', 'mail', 'jobs', 'search', 'auth'];
const REGISTRIES = ['docker.io', 'ghcr.io', 'quay.io', 'registry.gitlab.com', 'registry.lan:5000'];
const HOSTS = ['nas', 'edge', 'pi-hallway', 'pi-attic', 'swarm-1', 'swarm-2', 'k3s-a', 'k3s-b'];
const TAGS = ['media', 'databases', 'network', 'home', null, null, null, null];

function made(i) {
  const name = `${FIRST[i % 10]}-${SECOND[Math.floor(i / 10) % 10]}`;
  return [
    `${REGISTRIES[i % 5]}/team-${Math.floor(i / 100)}/${name}:${1 + i % 7}.${i % 31}`,
    HOSTS[i % 8], name, TAGS[i % 8], (i * 7919) % (60 * DAY), (i * 104729) % (9 * DAY), i % 3 === 0,
  ];
}

function canonical(image) {
  const rest = image.replace(/^docker\.io\//, '');
  return image.startsWith('docker.io/') && !rest.includes('/') ? `docker.io/library/${rest}` : image;
}

function link(image) {
  const [registry, ...rest] = image.replace(/:[^:/]*$/, '').split('/');
  const path = rest.join('/');
  if (registry === 'docker.io') {
    return path.startsWith('library/')
      ? `https://hub.docker.com/_/${path.slice(8)}` : `https://hub.docker.com/r/${path}`;
  }
  if (registry === 'ghcr.io') return `https://github.com/${path}`;
  return registry === 'quay.io' ? `https://quay.io/repository/${path}` : '';
}

export function sha(text) {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

export function event(image, more = {}) {
  return {
    diun_version: 'v4.33.0',
    hostname: 'nas',
    status: 'update',
    provider: 'docker',
    image,
    hub_link: link(image),
    mime_type: 'application/vnd.oci.image.index.v1+json',
    digest: sha(image),
    created: '2026-11-02T10:00:00Z',
    platform: 'linux/amd64',
    metadata: { ctn_names: 'app', ctn_id: sha(image).slice(7), ctn_state: 'running', ctn_status: 'Up 3 weeks' },
    ...more,
  };
}

export function fleet(n, now = Date.now()) {
  const list = KNOWN.slice(0, n);
  if (n === 3) list.splice(0, 3, KNOWN[0], KNOWN[2], KNOWN[3]);
  for (let i = 0; list.length < n; i++) list.push(made(i));
  return list.map(([name, hostname, names, tag, age, before, done]) => {
    const image = canonical(name);
    return event(image, {
      hostname,
      status: age % 11 === 5 ? 'new' : 'update',
      provider: hostname.startsWith('swarm') ? 'swarm' : 'docker',
      platform: hostname.startsWith('pi') ? 'linux/arm64/v8' : 'linux/amd64',
      created: new Date(now - (age + before) * 1000).toISOString().replace(/\.\d+/, ''),
      metadata: {
        ctn_names: names, ctn_id: sha(names).slice(7), ctn_state: 'running', ctn_status: 'Up 3 weeks (healthy)',
      },
      _age: age,
      _tag: tag,
      _acknowledged: Boolean(done),
    });
  });
}
