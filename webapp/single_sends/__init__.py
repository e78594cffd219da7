"""A message to one person: chosen, looked at, checked, sent and followed."""
