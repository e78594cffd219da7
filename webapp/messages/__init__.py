"""Messages: the figures of every message, and of one message all that is known."""
