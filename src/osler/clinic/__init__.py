"""What people in a clinic do, as functions on the record."""
