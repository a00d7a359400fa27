"""The chart: its frame, summary, timeline, search and history."""
