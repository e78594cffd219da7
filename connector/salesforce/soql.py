"""Where the values of a query stand in its answers, read from its SELECT; it knows no request."""

import re

_SELECT = re.compile(r"\s*SELECT\s+(.*?)\s+FROM\s", re.IGNORECASE | re.DOTALL)
_ITEM = re.compile(r"(?P<call>\w+\s*\(\s*(?P<inner>[^()]*?)\s*\))?(?P<path>[\w.]*)(?:\s+(?P<alias>\w+))?$")
_AGGREGATE = re.compile(r"\s*(COUNT|COUNT_DISTINCT|SUM|MIN|MAX|AVG)\s*\(", re.IGNORECASE)
_GROUPED = re.compile(r"\sGROUP\s+BY\s", re.IGNORECASE)
_TEXT = re.compile(r"'(?:\\.|[^'\\])*'", re.DOTALL)

_SPECIAL = str.maketrans({"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r"})
_WILD = str.maketrans({"%": "\\%", "_": "\\_"})


def quoted(text: str) -> str:
    """A text as it stands in a query: people may have written anything into Salesforce."""
    return f"'{text.translate(_SPECIAL)}'"


def containing(text: str) -> str:
    """The pattern of a LIKE for values with this text anywhere in them; its % and _ stand for themselves."""
    return f"'%{text.translate(_SPECIAL | _WILD)}%'"


def columns(soql: str) -> list[tuple[str, ...]]:
    """Where each SELECT item stands in a record: parent paths, aliases, and expr0, expr1 … for nameless aggregates.

    In a grouped query a parent path is answered under its last name only.
    """
    found = _SELECT.match(soql)
    if found is None:
        raise ValueError("a query begins with SELECT … FROM")
    items = [item.strip() for item in re.split(r",(?![^()]*\))", found[1])]
    grouped = bool(_GROUPED.search(_TEXT.sub("''", soql))) or any(_AGGREGATE.match(item) for item in items)
    paths: list[tuple[str, ...]] = []
    nameless = 0
    for item in items:
        part = _ITEM.match(item)
        if part is None:
            raise ValueError("a SELECT item has a shape that is not understood")
        if part["alias"]:
            paths.append((part["alias"],))
        elif part["call"] and (grouped or not part["inner"]):
            paths.append((f"expr{nameless}",))
            nameless += 1
        else:
            steps = tuple((part["path"] or part["inner"]).split("."))
            paths.append(steps[-1:] if grouped else steps)
    return paths
