"""The list of runs as a file, of the kinds and days that somebody chose."""
