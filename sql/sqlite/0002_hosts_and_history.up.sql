-- 0002 hosts and history
--
-- What each host has to update, and everything that ever happened. Every
-- change appends to history in the transaction that makes it, so the newest
-- row's id is the revision of the whole database. `updates` stays what it
-- was, the newest event of each image, and is pending exactly when one of
-- the image's rows in host_updates is.
--
-- Copyright (c) 2026 The diundash authors
-- SPDX-License-Identifier: ISC

-- What came, what was done, by whom and when. Rows are appended and never
-- changed, except that renaming a host renames it here, too; `diundash prune`
-- alone deletes some, always the oldest, never the newest row.
CREATE TABLE history (
    -- Counts up; the newest is the revision
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    -- When: RFC 3339, UTC
    at       TEXT NOT NULL,
    -- received, acknowledged, reopened, tagged, untagged, tag-created,
    -- tag-renamed, tag-deleted, removed, host-renamed, test
    action   TEXT NOT NULL,
    -- The key of updates; '' where it is about no image
    image    TEXT NOT NULL DEFAULT '',
    -- The host it is about; '' where it is about none, or the host is unnamed
    hostname TEXT NOT NULL DEFAULT '',
    -- Who: the web server's REMOTE_USER, 'diun', or the command; '' unknown
    actor    TEXT NOT NULL DEFAULT '',
    -- The digest that came or was acknowledged
    digest   TEXT NOT NULL DEFAULT '',
    -- More about it, a JSON object. received and test: the event as it came.
    -- Tags: {"id":1,"name":"media"}, renamed with "from". host-renamed:
    -- {"from":"a","to":"b"}. removed: {"hosts":["a","b"]}
    detail   TEXT NOT NULL DEFAULT '{}'
);
-- The timeline of an image, of a host, of a kind of event.
CREATE INDEX history_image ON history (image, id);
CREATE INDEX history_hostname ON history (hostname, id);
CREATE INDEX history_action ON history (action, id);

-- One row for each image and host: the newest event that came from there.
CREATE TABLE host_updates (
    image            TEXT NOT NULL
                     REFERENCES updates(image) ON DELETE CASCADE,
    -- As Diun names it, or as the webhook's ?host= does; '' when unnamed
    hostname         TEXT NOT NULL,
    -- The row of history that brought the event
    event_id         INTEGER NOT NULL,
    -- The image as it was sent, with the digest that the host pins, if any
    reference        TEXT NOT NULL DEFAULT '',
    diun_version     TEXT NOT NULL DEFAULT '',
    status           TEXT NOT NULL DEFAULT '',
    provider         TEXT NOT NULL DEFAULT '',
    hub_link         TEXT NOT NULL DEFAULT '',
    mime_type        TEXT NOT NULL DEFAULT '',
    digest           TEXT NOT NULL DEFAULT '',
    created          TEXT NOT NULL DEFAULT '',
    platform         TEXT NOT NULL DEFAULT '',
    -- All of the event's metadata, a JSON object; ctn_names, ctn_id,
    -- ctn_state and ctn_status are always there
    metadata         TEXT NOT NULL DEFAULT '{}',
    -- The containers that were named with this digest, a JSON array of text
    containers       TEXT NOT NULL DEFAULT '[]',
    -- When it became pending, the last time it did: RFC 3339, UTC
    first_pending_at TEXT NOT NULL,
    -- When the newest event came: RFC 3339, UTC
    received_at      TEXT NOT NULL,
    -- When it was dealt with: RFC 3339, UTC; NULL while it is pending
    acknowledged_at  TEXT,
    -- By whom, as history's actor
    acknowledged_by  TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (image, hostname)
);
CREATE INDEX host_updates_hostname ON host_updates (hostname);

-- The different digests that came since the image was last acknowledged.
CREATE TABLE pushed_digests (
    image  TEXT NOT NULL REFERENCES updates(image) ON DELETE CASCADE,
    digest TEXT NOT NULL,
    PRIMARY KEY (image, digest)
) WITHOUT ROWID;

-- For the images of a tag.
CREATE INDEX tag_assignments_tag ON tag_assignments (tag_id);

-- What is there already becomes one host's row each, with the history that
-- can be told from it.
INSERT INTO history (at, action, image, hostname, actor, digest, detail)
SELECT received_at, 'received', image, hostname, 'diun', digest,
       json_object('diun_version', diun_version, 'hostname', hostname,
           'status', status, 'provider', provider, 'image', image,
           'hub_link', hub_link, 'mime_type', mime_type, 'digest', digest,
           'created', created, 'platform', platform,
           'metadata', json_object('ctn_names', ctn_name, 'ctn_id', ctn_id,
               'ctn_state', ctn_state, 'ctn_status', ctn_status))
  FROM updates ORDER BY received_at, image;

INSERT INTO host_updates (image, hostname, event_id, reference, diun_version,
       status, provider, hub_link, mime_type, digest, created, platform,
       metadata, containers, first_pending_at, received_at, acknowledged_at)
SELECT image, hostname,
       (SELECT max(id) FROM history AS h WHERE h.image = u.image),
       image, diun_version, status, provider, hub_link, mime_type, digest,
       created, platform,
       json_object('ctn_names', ctn_name, 'ctn_id', ctn_id,
           'ctn_state', ctn_state, 'ctn_status', ctn_status),
       CASE ctn_name WHEN '' THEN '[]'
       ELSE '[' || replace(json_quote(ctn_name), ',', '","') || ']' END,
       received_at, received_at,
       coalesce(strftime('%Y-%m-%dT%H:%M:%SZ', acknowledged_at),
           acknowledged_at)
  FROM updates AS u;

INSERT INTO pushed_digests (image, digest) SELECT image, digest FROM updates;

INSERT INTO history (at, action, image, hostname, digest)
SELECT acknowledged_at, 'acknowledged', image, hostname, digest
  FROM host_updates WHERE acknowledged_at IS NOT NULL
 ORDER BY acknowledged_at, image;
