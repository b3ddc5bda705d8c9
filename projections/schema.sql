-- The registry: claims, incidents and stated figures as they stand and as they stood at any log index.
-- Everything in this file is folded from the ledger and can be thrown away.
--
-- A version is made by the entry valid_from and replaced by the entry valid_to; a revocation makes
-- versions of many claims at once. A version stands in the state of the first `size` entries when
-- valid_from < size AND valid_to >= size; one that stands now has the greatest valid_to there is.

-- A combination of facets that claims share: few, so a toll groups claims by one integer.
-- outcome: the relation that ended the claim, or none; of a person held, none is held still.
CREATE TABLE cells (
    id         INTEGER PRIMARY KEY,
    kind       TEXT NOT NULL,
    party      TEXT NOT NULL,
    mode       TEXT NOT NULL,
    governorate TEXT NOT NULL,
    district   TEXT NOT NULL,
    origin     TEXT NOT NULL,
    sex        TEXT NOT NULL,
    age_group  TEXT NOT NULL,
    status     TEXT NOT NULL,
    profession TEXT NOT NULL,
    cause      TEXT NOT NULL,
    weapon     TEXT NOT NULL,
    review     TEXT NOT NULL,
    standing   TEXT NOT NULL,
    outcome    TEXT NOT NULL,
    confidence TEXT NOT NULL,
    source     TEXT NOT NULL,
    category   TEXT NOT NULL
);

-- A date as it was signed (EDTF), with its earliest and latest day; id 0 is the unknown date.
CREATE TABLE spans (
    id    INTEGER PRIMARY KEY,
    text  TEXT,
    first TEXT,
    last  TEXT,
    month TEXT NOT NULL
);

-- number: the log index of the first event.
CREATE TABLE claims (
    number INTEGER PRIMARY KEY,
    name   TEXT NOT NULL
);
CREATE TABLE incidents (
    number INTEGER PRIMARY KEY,
    name   TEXT NOT NULL
);

CREATE TABLE claim_versions (
    id         INTEGER PRIMARY KEY,
    valid_from INTEGER NOT NULL,
    valid_to   INTEGER NOT NULL,
    claim      INTEGER NOT NULL,
    cell       INTEGER NOT NULL,
    documented INTEGER NOT NULL,
    happened   INTEGER NOT NULL,
    incident   INTEGER,
    ended      INTEGER NOT NULL -- the date of the cell's outcome
);

-- Where claims lead: to their outcomes, and to what they are merged into (relation merged).
CREATE TABLE links (
    claim      INTEGER NOT NULL,
    relation   TEXT NOT NULL,
    valid_from INTEGER NOT NULL,
    valid_to   INTEGER NOT NULL,
    target     INTEGER NOT NULL,
    PRIMARY KEY (claim, relation, valid_from)
) WITHOUT ROWID;

CREATE TABLE incident_versions (
    id          INTEGER PRIMARY KEY,
    valid_from  INTEGER NOT NULL,
    valid_to    INTEGER NOT NULL,
    incident    INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    party       TEXT NOT NULL,
    mode        TEXT NOT NULL,
    confidence  TEXT NOT NULL,
    governorate TEXT NOT NULL,
    district    TEXT NOT NULL,
    place       TEXT,
    cause       TEXT NOT NULL,
    weapon      TEXT NOT NULL,
    happened    TEXT,
    standing    TEXT NOT NULL,
    merged_into INTEGER,
    munitions   INTEGER,
    munitions_qualifier TEXT,
    injured     INTEGER,
    injured_qualifier TEXT,
    facilities  INTEGER NOT NULL -- how many were hit, one hit twice twice
);

-- What a stated figure says; governorate and party are unknown where it does not say them.
CREATE TABLE estimate_versions (
    estimate    TEXT NOT NULL,
    valid_from  INTEGER NOT NULL,
    valid_to    INTEGER NOT NULL,
    standing    TEXT NOT NULL,
    measure     TEXT NOT NULL,
    category    TEXT NOT NULL,
    party       TEXT NOT NULL,
    unit        TEXT NOT NULL,
    population  TEXT NOT NULL,
    grade       TEXT NOT NULL,
    publisher   TEXT NOT NULL,
    publication TEXT NOT NULL,
    governorate TEXT NOT NULL,
    period      TEXT,
    best        INTEGER NOT NULL,
    low         INTEGER,
    high        INTEGER,
    qualifier   TEXT NOT NULL,
    PRIMARY KEY (estimate, valid_from)
) WITHOUT ROWID;

-- Events that are suspect, from the revocation valid_from to the reaffirmation valid_to.
CREATE TABLE suspects (
    log_index  INTEGER NOT NULL,
    valid_from INTEGER NOT NULL,
    valid_to   INTEGER NOT NULL,
    stream     TEXT NOT NULL,
    version    INTEGER NOT NULL,
    type       TEXT NOT NULL,
    signer     TEXT NOT NULL,
    PRIMARY KEY (log_index, valid_from)
) WITHOUT ROWID;
