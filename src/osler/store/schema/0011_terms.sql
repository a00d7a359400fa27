-- Code systems that a practice has imported, release beside release, and who chooses which codes.
-- Reference data: nothing in here is about a patient.

CREATE TABLE term_release (
    id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    system text COLLATE "C" NOT NULL,                     -- the code system's address
    release text COLLATE "C" NOT NULL,                    -- as its publisher names it: "2026", "2025-10-06"
    digest text COLLATE "C" NOT NULL,                     -- SHA-256 of the file: a load goes on only with the same
    position bigint NOT NULL DEFAULT 0,                   -- lines that are in, committed with their terms
    done boolean NOT NULL DEFAULT false,
    in_use boolean NOT NULL DEFAULT false,                -- the one of its system that searches look in
    loaded timestamptz NOT NULL,
    UNIQUE (system, release),
    CHECK (done OR NOT in_use)
);
CREATE UNIQUE INDEX term_release_in_use ON term_release (system) WHERE in_use;

CREATE TABLE term (
    release integer NOT NULL REFERENCES term_release ON DELETE CASCADE,
    code text COLLATE "C" NOT NULL,
    name text NOT NULL,
    kind text COLLATE "C" NOT NULL,                       -- what the publisher says it is: a term type, a status
    usable boolean NOT NULL,                              -- false: a heading, or retired; it names old codes only
    words tsvector NOT NULL,
    PRIMARY KEY (release, code)
);
CREATE INDEX term_words ON term USING gin (words);

CREATE TABLE term_use (
    who text COLLATE "C" NOT NULL,                        -- Practitioner/1
    system text COLLATE "C" NOT NULL,
    code text COLLATE "C" NOT NULL,
    uses integer NOT NULL DEFAULT 1,
    last timestamptz NOT NULL,
    PRIMARY KEY (who, system, code)
);
