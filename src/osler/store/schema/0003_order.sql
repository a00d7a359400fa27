-- The transaction that wrote each version and each audit row: the order in which the ledger seals them.
-- A number from a sequence would not do, for a transaction that took it early may commit late.
ALTER TABLE resource ADD COLUMN xact xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE history ADD COLUMN xact xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX resource_by_xact ON resource (xact);
CREATE INDEX history_by_xact ON history (xact);

-- An audit row's own name, and its place beside others of the same transaction.
CREATE SEQUENCE audit_seq;
ALTER TABLE audit ADD COLUMN seq bigint NOT NULL DEFAULT nextval('audit_seq');
ALTER TABLE audit ADD COLUMN xact xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX audit_by_xact ON audit (xact);
CREATE INDEX audit_by_seq ON audit (seq);
