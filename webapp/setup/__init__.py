"""Setting an organization up before any frame exists: a page of its own, opened with a one-use code."""
