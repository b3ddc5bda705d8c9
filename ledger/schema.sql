-- One file holds the log. Every table is append-only: the triggers stop accidents; against
-- somebody with the file stand the signed checkpoints that others hold.

-- rowid is the log index + 1, given by our own dense counter in the transaction that inserts, so
-- no id is ever skipped or used twice. The library's statements need the column named rowid.
CREATE TABLE IF NOT EXISTS stored_events (
    rowid              INTEGER PRIMARY KEY,
    originator_id      TEXT    NOT NULL,
    originator_version INTEGER NOT NULL,
    topic              TEXT    NOT NULL,
    state              BLOB    NOT NULL,
    UNIQUE (originator_id, originator_version)
);

-- Hashes of complete subtrees in the order in which they were completed (see merkle.py).
CREATE TABLE IF NOT EXISTS merkle_nodes (
    position INTEGER PRIMARY KEY,
    hash     BLOB NOT NULL CHECK (length(hash) = 32)
);

-- Every checkpoint ever signed, stored before it is given out.
CREATE TABLE IF NOT EXISTS checkpoints (
    size INTEGER PRIMARY KEY,
    note BLOB NOT NULL
);

-- What witnesses said of checkpoints: one line for each witness and size.
CREATE TABLE IF NOT EXISTS cosignatures (
    size    INTEGER NOT NULL,
    witness TEXT    NOT NULL,
    time    INTEGER NOT NULL,
    line    BLOB    NOT NULL,
    PRIMARY KEY (size, witness)
) WITHOUT ROWID;

CREATE TRIGGER IF NOT EXISTS cosignatures_keep BEFORE UPDATE ON cosignatures
    BEGIN SELECT RAISE(ABORT, 'append-only: a cosignature is never changed'); END;
CREATE TRIGGER IF NOT EXISTS cosignatures_stay BEFORE DELETE ON cosignatures
    BEGIN SELECT RAISE(ABORT, 'append-only: a cosignature is never deleted'); END;
CREATE TRIGGER IF NOT EXISTS stored_events_keep BEFORE UPDATE ON stored_events
    BEGIN SELECT RAISE(ABORT, 'append-only: an event is never changed'); END;
CREATE TRIGGER IF NOT EXISTS stored_events_stay BEFORE DELETE ON stored_events
    BEGIN SELECT RAISE(ABORT, 'append-only: an event is never deleted'); END;
CREATE TRIGGER IF NOT EXISTS merkle_nodes_keep BEFORE UPDATE ON merkle_nodes
    BEGIN SELECT RAISE(ABORT, 'append-only: a node is never changed'); END;
CREATE TRIGGER IF NOT EXISTS merkle_nodes_stay BEFORE DELETE ON merkle_nodes
    BEGIN SELECT RAISE(ABORT, 'append-only: a node is never deleted'); END;
CREATE TRIGGER IF NOT EXISTS checkpoints_keep BEFORE UPDATE ON checkpoints
    BEGIN SELECT RAISE(ABORT, 'append-only: a checkpoint is never changed'); END;
CREATE TRIGGER IF NOT EXISTS checkpoints_stay BEFORE DELETE ON checkpoints
    BEGIN SELECT RAISE(ABORT, 'append-only: a checkpoint is never deleted'); END;
