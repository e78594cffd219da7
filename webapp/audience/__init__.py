"""The people behind a number of a run's audience: who they are, what became of them, and their list as a file."""
