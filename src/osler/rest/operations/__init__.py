"""The operations (names with a $), one file each."""
