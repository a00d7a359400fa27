"""What everybody gets at every address, written down in two tables to be read by eye."""
