"""The gallery: every component once, in every state, for who builds pages and for the tests that look at them."""
