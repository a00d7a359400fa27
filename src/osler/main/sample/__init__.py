"""A made-up but realistic practice, for demonstrations and where no other samples are at hand."""
