"""The ways in for a generator, one file each."""
