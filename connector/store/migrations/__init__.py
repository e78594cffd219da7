"""How the tables came to be, step by step; `real-magnet migrate` takes a database to the newest."""
