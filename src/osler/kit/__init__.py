"""What every layer needs and no medical word in it: time, ids, errors, settings, database."""
