"""The Activity Report: a question's numbers, with totals in which nothing counts twice. It changes no table."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, bindparam, text

from connector.model.report_questions import NUMBERED, Dimension, Key, Measure
from connector.store.report_sql import Asked, gathered, source

Place = tuple[Key | None, ...]
"""The key of the row, then that of the column, as far as there are such; None stands for all those not shown."""
Sums = dict[Key | None, int]

_Seen = tuple[str, Sequence[str]]
"""A table of this connection, one for each kind of columns, and the names of those columns; `who` is beside them."""


@dataclass(frozen=True)
class Most:
    """How many rows and columns are shown; what is smaller than these is summed up."""

    rows: int = 200
    columns: int = 24


@dataclass
class Numbers:
    """The answer: a number for each cell that has one, for each row and column, and for all of it.

    `others` is how many rows, and columns, stand together under None.
    """

    cells: dict[Place, int]
    rows: Sums
    columns: Sums = field(default_factory=dict[Key | None, int])
    total: int = 0
    others: tuple[int, int] = (0, 0)


def numbers(connection: Connection, asked: Asked, most: Most) -> Numbers:
    """Answer a question."""
    read = _people if asked.question.measure is Measure.PEOPLE else _activities
    return read(connection, asked, most)


def _activities(connection: Connection, asked: Asked, most: Most) -> Numbers:
    dimensions = asked.question.dimensions
    cells = _counted(connection, asked, dimensions)
    once = [dimension for dimension in dimensions if dimension is not Dimension.CAMPAIGN]
    flat = cells if len(once) == len(dimensions) else _counted(connection, asked, once)
    rows = _summed(cells if dimensions[0] is Dimension.CAMPAIGN else flat, 0)
    columns: Sums = {}
    if len(dimensions) > 1:
        columns = _summed(cells if dimensions[1] is Dimension.CAMPAIGN else flat, -1)
    shown = (_largest(rows, most.rows), _largest(columns, most.columns))
    folded: dict[Place, int] = {}
    for keys, number in cells.items():
        place = tuple(key if key in of else None for key, of in zip(keys, shown, strict=False))
        folded[place] = folded.get(place, 0) + number
    others = (len(rows) - len(shown[0]), len(columns) - len(shown[1]))
    return Numbers(folded, _folded(rows, shown[0]), _folded(columns, shown[1]), sum(flat.values()), others)


def _counted(connection: Connection, asked: Asked, dimensions: Sequence[Dimension]) -> dict[Place, int]:
    if asked.question.about_people:
        found, columns = gathered(asked, dimensions)
    else:
        found, columns = source(asked, dimensions), [asked.column(dimension) for dimension in dimensions]
    count = "coalesce(sum(s.count), 0)"
    places = ", ".join(str(place) for place in range(1, len(columns) + 1))
    statement = found.statement(f"SELECT {', '.join([*columns, count])}", f"GROUP BY {places}" if places else "")
    return {tuple(row[:-1]): int(row[-1]) for row in connection.execute(statement, found.values)}


def _summed(cells: Mapping[Place, int], place: int) -> Sums:
    found: Sums = {}
    for keys, number in cells.items():
        found[keys[place]] = found.get(keys[place], 0) + number
    return found


def _largest(sums: Sums, most: int) -> set[Key | None]:
    if len(sums) <= most:
        return set(sums)
    return set(sorted(sums, key=lambda key: (-sums[key], str(key)))[:most])


def _folded(sums: Sums, shown: set[Key | None]) -> Sums:
    found = {key: number for key, number in sums.items() if key in shown}
    if len(found) < len(sums):
        found[None] = sum(number for key, number in sums.items() if key not in shown)
    return found


def _people(connection: Connection, asked: Asked, most: Most) -> Numbers:
    """Who is behind each cell is kept aside once; then each number counts every one of them once."""
    seen = _keep_seen(connection, asked)
    names = seen[1]
    others = [0, 0]
    totals: list[Sums] = [{}, {}]
    for place, (name, limit) in enumerate(zip(names, (most.rows, most.columns), strict=False)):
        sums = _seen_by(connection, seen, name)
        shown = _largest(sums, limit)
        others[place] = len(sums) - len(shown)
        if others[place]:
            _join(connection, seen[0], name, shown)
            sums = {key: number for key, number in sums.items() if key in shown}
            sums[None] = _seen(connection, seen, [], f"{name} IS NULL")[()]
        totals[place] = sums
    cells = _seen_cells(connection, seen, folded=any(others))
    total = _seen(connection, seen, [])[()]
    connection.execute(text(f"DROP TABLE {seen[0]}"))
    return Numbers(cells, totals[0], totals[1], total, (others[0], others[1]))


def _keep_seen(connection: Connection, asked: Asked) -> _Seen:
    dimensions = asked.question.dimensions
    if asked.question.of_whom:
        (found, columns), distinct = gathered(asked, dimensions), ""
    else:
        found, columns = source(asked, dimensions), [asked.column(dimension) for dimension in dimensions]
        distinct = "DISTINCT"
    kinds = ["BIGINT" if dimension in NUMBERED else "TEXT" for dimension in dimensions]
    names = [f"k{place}" for place in range(len(dimensions))]
    table = "_".join(["report_seen", *kinds]).lower()
    defined = [f"{name} {kind}" for name, kind in zip(names, kinds, strict=True)]
    connection.execute(text(f"DROP TABLE IF EXISTS {table}"))
    connection.execute(text(f"CREATE TEMP TABLE {table} ({', '.join(defined)}, who BIGINT)"))
    before = f"INSERT INTO {table} SELECT {distinct} {', '.join(columns)}, s.recipient_id"
    connection.execute(found.statement(before), found.values)
    return table, names


def _join(connection: Connection, table: str, name: str, shown: Iterable[Key | None]) -> None:
    """Have all that are not shown stand under None."""
    statement = text(f"UPDATE {table} SET {name} = NULL WHERE {name} NOT IN :shown")  # noqa: S608  # our own words
    connection.execute(statement.bindparams(bindparam("shown", expanding=True)), {"shown": list(shown)})


def _seen_by(connection: Connection, seen: _Seen, name: str) -> Sums:
    return {keys[0]: number for keys, number in _seen(connection, seen, [name]).items()}


def _seen_cells(connection: Connection, seen: _Seen, *, folded: bool) -> dict[Place, int]:
    """A cell of its own names everybody once already; only where several were joined somebody may stand twice."""
    names = seen[1]
    if not folded:
        return _seen(connection, seen, names, once=True)
    joined = " OR ".join(f"{name} IS NULL" for name in names)
    return _seen(connection, seen, names, f"NOT ({joined})", once=True) | _seen(connection, seen, names, joined)


def _seen(
    connection: Connection, seen: _Seen, names: Sequence[str], only: str = "1 = 1", *, once: bool = False
) -> dict[Place, int]:
    """How many different people by these columns. `once`: nobody stands twice in what is counted."""
    keys = ", ".join(names)
    group, also = (f"GROUP BY {keys}", f"{keys}, ") if names else ("", "")
    inner = f"{seen[0]} WHERE {only}"
    if not once:
        inner = f"(SELECT DISTINCT {also}who FROM {inner}) AS one"  # noqa: S608  # our own words
    statement = text(f"SELECT {also}count(*) FROM {inner} {group}")  # noqa: S608  # our own words
    return {tuple(row[:-1]): int(row[-1]) for row in connection.execute(statement)}
