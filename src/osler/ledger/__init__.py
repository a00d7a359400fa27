"""Evidence that the record was not altered: leaves, a Merkle tree (RFC 6962), signed heads, proofs. No SQL here."""
