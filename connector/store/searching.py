"""Texts that a person searches by, as patterns of SQL in which nothing of theirs means anything but itself."""


def containing(text: str) -> str:
    """The pattern for `lower(column) LIKE lower(:pattern) ESCAPE '!'`: the text anywhere, in any case.

    Only the store lowers it: SQLite knows the small letters of ASCII and no others.
    """
    escaped = text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return f"%{escaped}%"
