-- Charts that are printed in the background: what was asked for, how far it is, and the file for who asked.
-- No part of the record: a day later they are gone.

CREATE TABLE print (
    id text COLLATE "C" PRIMARY KEY,
    account text COLLATE "C" NOT NULL,                    -- whose; nobody else gets it
    patient text COLLATE "C" NOT NULL,                    -- logical id
    asked timestamptz NOT NULL,
    caller jsonb NOT NULL,                                -- the principal that asked: it is made with their rights
    wanted jsonb NOT NULL,                                -- parts, span, where it goes
    state text COLLATE "C" NOT NULL DEFAULT 'waiting',    -- waiting, making, ready, failed
    told timestamptz NOT NULL,                            -- the last sign of progress
    done integer NOT NULL DEFAULT 0,                      -- of `total` steps
    total integer NOT NULL DEFAULT 0,
    pages integer NOT NULL DEFAULT 0,
    size bigint NOT NULL DEFAULT 0,                       -- bytes of the file
    trouble text NOT NULL DEFAULT '',                     -- why it failed
    key text COLLATE "C",                                 -- the patient's key that the file is sealed with
    sealed bytea,
    CHECK (state IN ('waiting', 'making', 'ready', 'failed'))
);
CREATE INDEX print_by_account ON print (account, patient);
CREATE INDEX print_by_patient ON print (patient);
CREATE INDEX print_by_asked ON print (asked);
