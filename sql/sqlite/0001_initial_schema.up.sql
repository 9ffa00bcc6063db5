-- 0001 initial schema
--
-- The baseline. It also adopts the database that a DiunDashboard made: every
-- table is created only where it is missing, and rows are left as they are.
--
-- Copyright (c) 2026 The diundash authors
-- SPDX-License-Identifier: ISC

-- One row for each image: the newest event that Diun sent about it, and
-- whether somebody has dealt with it since.
CREATE TABLE IF NOT EXISTS updates (
    -- The image reference without digest: docker.io/library/nginx:latest
    image           TEXT PRIMARY KEY,
    -- The version of the Diun that sent it: v4.33.0
    diun_version    TEXT NOT NULL DEFAULT '',
    -- The host that Diun runs on, as Diun names it
    hostname        TEXT NOT NULL DEFAULT '',
    -- new or update
    status          TEXT NOT NULL DEFAULT '',
    -- docker, swarm, containerd, kubernetes, nomad, file, dockerfile
    provider        TEXT NOT NULL DEFAULT '',
    -- A page about the image; third-party text that may be anything
    hub_link        TEXT NOT NULL DEFAULT '',
    -- The manifest's media type
    mime_type       TEXT NOT NULL DEFAULT '',
    -- The digest that the tag now points to
    digest          TEXT NOT NULL DEFAULT '',
    -- When the image was built: RFC 3339, as sent
    created         TEXT NOT NULL DEFAULT '',
    -- os/arch[/variant]
    platform        TEXT NOT NULL DEFAULT '',
    -- The container's names, separated by commas
    ctn_name        TEXT NOT NULL DEFAULT '',
    -- The container's id
    ctn_id          TEXT NOT NULL DEFAULT '',
    -- The container's state: running
    ctn_state       TEXT NOT NULL DEFAULT '',
    -- The container's status in words: Up 2 days
    ctn_status      TEXT NOT NULL DEFAULT '',
    -- When the event came: RFC 3339, UTC
    received_at     TEXT NOT NULL,
    -- When somebody dealt with it; NULL while it is pending
    acknowledged_at TEXT
);

-- The user's own labels.
CREATE TABLE IF NOT EXISTS tags (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    -- What the user calls it; compared byte by byte
    name TEXT NOT NULL UNIQUE
);

-- Which image carries which tag: one at most. An image that is not known yet
-- may be tagged; the tag waits for it.
CREATE TABLE IF NOT EXISTS tag_assignments (
    -- The key of updates
    image  TEXT PRIMARY KEY,
    tag_id INTEGER NOT NULL REFERENCES tags(id) ON DELETE CASCADE
);
