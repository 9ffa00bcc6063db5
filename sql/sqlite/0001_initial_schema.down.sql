-- 0001 initial schema, undone: everything goes
--
-- Copyright (c) 2026 The diundash authors
-- SPDX-License-Identifier: ISC

DROP TABLE IF EXISTS tag_assignments;
DROP TABLE IF EXISTS tags;
DROP TABLE IF EXISTS updates;
