"""The patient's own record: who looked at it, and to whom it was disclosed."""
