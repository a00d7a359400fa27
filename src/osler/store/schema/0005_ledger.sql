-- The ledger: every version and every audit row as a leaf of a Merkle tree, its heads signed and chained.
-- How it works: docs/explanation/ledger.md. Nothing here says anything about a patient's health.

-- One leaf for each entry, in the order of sealing.
CREATE TABLE ledger_leaf (
    position bigint PRIMARY KEY,                          -- from 0, without gaps
    kind smallint NOT NULL,                               -- 0 version, 1 audit row, 2 erasure
    type text COLLATE "C" NOT NULL DEFAULT '',            -- of a version: of which resource
    id text COLLATE "C" NOT NULL DEFAULT '',
    number bigint NOT NULL,                               -- the version, or the row's seq
    salt bytea,                                           -- null: erased
    hash bytea NOT NULL
);
CREATE UNIQUE INDEX ledger_leaf_of_version ON ledger_leaf (id, number, type) WHERE kind = 0;
CREATE UNIQUE INDEX ledger_leaf_of_row ON ledger_leaf (number, kind) WHERE kind <> 0;

-- Hashes of complete subtrees of 256, 65,536 … leaves (level 8, 16 …).
CREATE TABLE ledger_node (
    level smallint NOT NULL,
    index bigint NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (level, index)
);

-- The chain. `head` is signed exactly as it stands here; the other columns repeat it for searching.
CREATE TABLE ledger_block (
    height bigint PRIMARY KEY,
    size bigint NOT NULL,
    head bytea NOT NULL,
    signature bytea NOT NULL
);
-- Those that introduce another key.
CREATE INDEX ledger_block_of_keys ON ledger_block (height) WHERE position('"next":"'::bytea IN head) > 0;

-- Where heads were left outside of this database, and what came back (a time-stamp token).
CREATE TABLE ledger_anchor (
    height bigint NOT NULL,
    kind text COLLATE "C" NOT NULL,                       -- file, timestamp, webhook
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    place text NOT NULL,
    token bytea,
    PRIMARY KEY (kind, height)
);

-- What was erased: of this resource the versions from `first` to `last`. Sealed like versions are.
CREATE TABLE ledger_erasure (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    type text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    first integer NOT NULL,
    last integer NOT NULL,
    patient text COLLATE "C",
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor text COLLATE "C" NOT NULL,
    reason text NOT NULL,
    xact xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX ledger_erasure_by_xact ON ledger_erasure (xact);
CREATE INDEX ledger_erasure_by_resource ON ledger_erasure (type, id);

-- Where a leaf's row is looked for when its month has left `audit`.
CREATE INDEX audit_kept_by_seq ON audit_kept (seq);

-- Patients whose record must be kept whatever else applies: a lawsuit, an investigation.
CREATE TABLE legal_hold (
    patient text COLLATE "C" PRIMARY KEY,
    reason text NOT NULL,
    actor text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
