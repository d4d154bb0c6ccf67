"""What to run, running it, keeping it, comparing it."""
