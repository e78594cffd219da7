"""Plain Python about people, activities and runs: no I/O, no library."""
