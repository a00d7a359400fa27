"""The practice's own settings, and a browser of its resources."""
