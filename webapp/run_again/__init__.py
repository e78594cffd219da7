"""Run again: what somebody wants run once more, what that does, said first, and the run that does it."""
