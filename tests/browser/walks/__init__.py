"""Whole days of work in a real browser: each walk is a path that somebody at a clinic goes every day."""
