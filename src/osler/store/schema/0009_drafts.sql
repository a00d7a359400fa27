-- What people have typed and not saved yet, and who is in which chart just now. Neither is part of the record.

-- Logged, as it must survive a crash of the database too.
CREATE TABLE draft (
    account text COLLATE "C" NOT NULL,                    -- whose; nobody else reads it
    patient text COLLATE "C" NOT NULL,                    -- logical id; '' for a form about nobody
    key text COLLATE "C" NOT NULL,                        -- which form: "problem:new", "note:123"
    base_version integer,                                 -- of the resource that the form began with
    content jsonb NOT NULL,                               -- {"field": ["value", …]}
    saved timestamptz NOT NULL,
    tab text COLLATE "C" NOT NULL,                        -- the page that saved it
    PRIMARY KEY (account, patient, key)
);
CREATE INDEX draft_by_saved ON draft (saved);
CREATE INDEX draft_by_patient ON draft (patient);

-- Signs of life of open pages. Worth nothing after a crash, so that it costs no write-ahead log.
CREATE UNLOGGED TABLE presence (
    session text COLLATE "C" NOT NULL,
    tab text COLLATE "C" NOT NULL,
    account text COLLATE "C" NOT NULL,
    name text NOT NULL,
    patient text COLLATE "C" NOT NULL,                    -- '' on a page about nobody
    doing text COLLATE "C" NOT NULL,                      -- key of the form with changes in it, or ''
    seen timestamptz NOT NULL,
    PRIMARY KEY (session, tab)
);
CREATE INDEX presence_by_patient ON presence (patient) WHERE patient <> '';
