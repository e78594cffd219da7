"""Runs: what was done, with how much of it, and the rows behind each count."""
