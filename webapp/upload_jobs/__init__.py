"""Upload Jobs: what each does, how it went and when it runs next, and what a person can do about it."""
