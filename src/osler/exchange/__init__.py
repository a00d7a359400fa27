"""Other systems and formats: what comes into the record or leaves it as files and messages."""
