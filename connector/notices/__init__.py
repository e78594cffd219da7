"""Notices: what went wrong, told once to whoever wants to hear of it, and once more when it is over."""
