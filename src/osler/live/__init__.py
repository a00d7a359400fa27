"""Server-sent events: that something was written, or who is in a chart; never what it says."""
