-- Documents and attachments, encrypted; resource.content holds a marker in the place of each.
-- Why so: docs/adr/0009-documents-at-rest.md

-- The keys that documents are encrypted with, themselves wrapped by a master key that is never in the database.
CREATE TABLE patient_key (
    id text COLLATE "C" PRIMARY KEY,
    owner text COLLATE "C" NOT NULL,                      -- Patient/x, Binary/x that is nobody's yet, or practice
    patient text COLLATE "C",                             -- whose erasure destroys it
    wrapped text,                                         -- null once it is destroyed
    master text COLLATE "C" NOT NULL,                     -- id of the master key
    created timestamptz NOT NULL DEFAULT clock_timestamp(),
    destroyed timestamptz,
    CHECK ((wrapped IS NULL) = (destroyed IS NOT NULL))
);
CREATE UNIQUE INDEX patient_key_by_owner ON patient_key (owner) WHERE wrapped IS NOT NULL;
CREATE INDEX patient_key_by_patient ON patient_key (patient) WHERE wrapped IS NOT NULL;
CREATE INDEX patient_key_by_master ON patient_key (master, id) WHERE wrapped IS NOT NULL;

-- One row per encrypted document, written with the version that has it. Large ones lie in the object store
-- under their id; a file there without a row here belongs to a write that failed.
CREATE TABLE blob (
    id text COLLATE "C" PRIMARY KEY,
    key text COLLATE "C" NOT NULL REFERENCES patient_key (id),
    type text COLLATE "C" NOT NULL,                       -- of the resource that it was written with
    resource text COLLATE "C" NOT NULL,                   -- and its id
    size bigint NOT NULL,                                 -- bytes as encrypted
    sealed bytea                                          -- small ones; null: in the object store
);
ALTER TABLE blob ALTER COLUMN sealed SET STORAGE EXTERNAL;  -- what is encrypted does not compress
CREATE INDEX blob_by_resource ON blob (type, resource);

-- The name by which the object store knows that it belongs to this database and to no other.
CREATE TABLE blob_store (id text NOT NULL);
INSERT INTO blob_store VALUES (gen_random_uuid()::text);
