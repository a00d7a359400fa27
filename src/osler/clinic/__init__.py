"""What people in a clinic do, as functions on the record: no web framework, no SQL."""
