"""The functions that jobs name: ids in, a few lines, and `settle` at the end."""
