-- 0003 replayed
--
-- A webhook that the database could not take waits in the spool, a folder,
-- and is stored later. Its file is removed only after the transaction that
-- stores it; should that not come to pass, this table knows that the file
-- has had its turn.
--
-- Copyright (c) 2026 The diundash authors
-- SPDX-License-Identifier: ISC

CREATE TABLE replayed (
    -- The file's name, which no two files ever share
    name       TEXT PRIMARY KEY,
    -- The row of history that it became
    history_id INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX replayed_history ON replayed (history_id);
