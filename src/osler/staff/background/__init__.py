"""Family, social and surgical history."""
