"""For other programs: start an upload job and ask how far it is, with a key instead of a session."""
