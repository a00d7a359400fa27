"""A patient's requests about their record: made, followed, withdrawn, disagreed with."""
