"""Settings as a file: out, in again with a dry run, every state they were in, and back to any of them."""
