-- 0003 replayed, undone
--
-- Copyright (c) 2026 The diundash authors
-- SPDX-License-Identifier: ISC

DROP TABLE IF EXISTS replayed;
