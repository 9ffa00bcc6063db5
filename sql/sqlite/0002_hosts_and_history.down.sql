-- 0002 hosts and history, undone: `updates` is left as it stands, the newest
-- event of each image, pending where one of its hosts was. History, the other
-- hosts' events and the metadata beyond its four columns go.
--
-- Copyright (c) 2026 The diundash authors
-- SPDX-License-Identifier: ISC
DROP INDEX IF EXISTS tag_assignments_tag;
DROP TABLE IF EXISTS pushed_digests;
DROP TABLE IF EXISTS host_updates;
DROP TABLE IF EXISTS history;
