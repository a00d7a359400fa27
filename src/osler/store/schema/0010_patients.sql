-- Numbers that a practice gives out, and double records of patients that were made one.

-- The last number given out under a name such as "mrn:Organization/7".
CREATE TABLE number_counter (
    name text COLLATE "C" PRIMARY KEY,
    value bigint NOT NULL
);

-- One row per merge of two records of one person. Its moves are the memory by which it can be undone.
CREATE TABLE patient_merge (
    id text COLLATE "C" PRIMARY KEY,
    survivor text COLLATE "C" NOT NULL,                   -- logical id that stays
    other text COLLATE "C" NOT NULL,                      -- logical id that leads there since
    actor text COLLATE "C" NOT NULL,                      -- account of who decided
    reason text NOT NULL,
    begun timestamptz NOT NULL,
    state text COLLATE "C" NOT NULL CHECK (state IN ('moving', 'merged', 'undoing', 'undone')),
    changed timestamptz NOT NULL,
    survivor_before integer NOT NULL,                     -- versions of both before anything was done
    other_before integer NOT NULL,
    survivor_after integer,
    other_after integer
);
CREATE INDEX patient_merge_by_other ON patient_merge (other);
CREATE INDEX patient_merge_by_survivor ON patient_merge (survivor);
-- A chart is in one merge at a time.
CREATE UNIQUE INDEX patient_merge_of_one ON patient_merge (other) WHERE state <> 'undone';

-- A resource that was pointed to the survivor: the version that did it, and whether it was pointed back.
CREATE TABLE patient_merge_move (
    merge text COLLATE "C" NOT NULL REFERENCES patient_merge (id),
    type text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    state text COLLATE "C" NOT NULL DEFAULT 'moved' CHECK (state IN ('moved', 'back', 'kept')),
    PRIMARY KEY (merge, type, id)
);
