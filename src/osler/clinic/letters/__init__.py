"""Letters: templates of the practice, filled from the record, written, signed and filed as documents."""
