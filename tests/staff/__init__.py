"""The staff pages, as those who work with them meet them."""
