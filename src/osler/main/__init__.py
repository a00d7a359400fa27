"""The process: settings, set-up and the command line; the only place that sees everything."""
