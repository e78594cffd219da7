"""Home: does it work, what did the last run do, when is the next one, and Sync now."""
