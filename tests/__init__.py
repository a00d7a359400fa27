"""Tests mirror src/osler; integration tests are those marked `database`."""
