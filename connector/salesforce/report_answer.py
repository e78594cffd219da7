"""What a report consists of and what a run of it answers, as columns and rows; it knows no request and no person."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from connector.errors import UnexpectedAnswer

TOTAL = "T"
ROW_COUNT = "RowCount"


@dataclass(frozen=True)
class Column:
    """A column of a report. `kind` is Salesforce's dataType; a grouped column's values stand in the row's groups."""

    name: str
    label: str
    kind: str = ""
    filterable: bool = True
    grouped: bool = False


class Cell(NamedTuple):
    """What is shown, and what is meant: a lookup shows a name and means an id."""

    label: str
    value: str

    def __repr__(self) -> str:
        return "Cell(…)"


Row = Sequence[Cell]


@dataclass(frozen=True)
class Answer:
    """One run: its columns (details, then groups down, then across), its rows in their order, and the truth about them.

    `complete` is false when Salesforce kept rows back; `total` is how many it counted, kept back or not.
    """

    columns: Sequence[Column]
    rows: Sequence[Row]
    total: int | None
    complete: bool


@dataclass(frozen=True)
class Report:
    """A report as it is saved."""

    metadata: Mapping[str, Any]
    known: Mapping[str, Column]
    """Every column that its report type has, by name."""

    @property
    def form(self) -> str:
        return str(self.metadata.get("reportFormat") or "")

    @property
    def type(self) -> str:
        return str((self.metadata.get("reportType") or {}).get("type") or "")

    @property
    def details(self) -> list[str]:
        return list(self.metadata.get("detailColumns") or ())

    @property
    def uncounted(self) -> dict[str, Any]:
        """The change by which a run counts its rows, where the report was saved without that; else none."""
        saved: list[str] = list(self.metadata.get("aggregates") or ())
        return {} if ROW_COUNT in saved else {"aggregates": [*saved, ROW_COUNT]}

    @property
    def across(self) -> bool:
        """Whether it groups across too, as a matrix does."""
        return bool(self.metadata.get("groupingsAcross"))

    @property
    def shows_details(self) -> bool:
        return self.metadata.get("hasDetailRows") is not False

    @property
    def shortened(self) -> bool:
        """Whether its author wants its first rows only."""
        return bool(self.metadata.get("topRows"))


def report_of(described: Mapping[str, Any]) -> Report:
    """The report that a describe tells of."""
    metadata = described.get("reportMetadata") or {}
    known: dict[str, Column] = {}
    for category in (described.get("reportTypeMetadata") or {}).get("categories") or ():
        for name, info in (category.get("columns") or {}).items():
            known[name] = _column(name, info)
    return Report(metadata, known)


def answer_of(body: Mapping[str, Any], report: Report) -> Answer:
    """What a run answered. Its own metadata counts; the saved report fills what it leaves out."""
    metadata = {**report.metadata, **(body.get("reportMetadata") or {})}
    columns = _columns(metadata, body.get("reportExtendedMetadata") or {}, report)
    rows = list(_rows(body))
    if any(len(row) != len(columns) for row in rows):
        raise UnexpectedAnswer("Salesforce's report has rows that do not fit its columns.")
    kept_back = bool(body.get("hasExceededTabularRowLimit")) and not metadata.get("topRows")
    return Answer(
        columns=columns,
        rows=rows,
        total=_total(body, metadata),
        complete=body.get("allData") is True and not kept_back,
    )


def _columns(metadata: Mapping[str, Any], extended: Mapping[str, Any], report: Report) -> list[Column]:
    details, groups = extended.get("detailColumnInfo") or {}, extended.get("groupingColumnInfo") or {}
    found = [
        _column(name, details[name], report.known.get(name))
        if name in details
        else report.known.get(name, Column(name, name))
        for name in metadata.get("detailColumns") or ()
    ]
    for side in ("groupingsDown", "groupingsAcross"):
        found += [
            _column(group["name"], groups.get(group["name"]) or {}, grouped=True) for group in metadata.get(side) or ()
        ]
    return found


def _column(name: str, info: Mapping[str, Any], known: Column | None = None, *, grouped: bool = False) -> Column:
    filterable = info.get("filterable", known.filterable if known else True)
    return Column(name, str(info.get("label") or name), str(info.get("dataType") or ""), bool(filterable), grouped)


def _rows(body: Mapping[str, Any]) -> Iterator[Row]:
    """The detail rows of every group; what has none is a subtotal."""
    down, across = _groups(body.get("groupingsDown")), _groups(body.get("groupingsAcross"))
    for key, fact in (body.get("factMap") or {}).items():
        rows = fact.get("rows")
        if not rows:
            continue
        left, _, right = key.partition("!")
        path = [*_path(down, left), *_path(across, right)]
        for row in rows:
            yield [*(_cell(cell) for cell in row.get("dataCells") or ()), *path]


def _groups(side: Mapping[str, Any] | None) -> dict[str, Cell]:
    found: dict[str, Cell] = {}
    waiting = list((side or {}).get("groupings") or ())
    while waiting:
        group = waiting.pop()
        found[str(group.get("key"))] = _cell(group)
        waiting += group.get("groupings") or ()
    return found


def _path(groups: Mapping[str, Cell], key: str) -> list[Cell]:
    if key in {TOTAL, ""}:
        return []
    steps = key.split("_")
    return [groups.get("_".join(steps[: depth + 1]), Cell("", "")) for depth in range(len(steps))]


def _cell(cell: Mapping[str, Any]) -> Cell:
    label, value = cell.get("label"), cell.get("value")
    return Cell("" if label is None else str(label), "" if value is None else str(value))


def _total(body: Mapping[str, Any], metadata: Mapping[str, Any]) -> int | None:
    names: list[str] = list(metadata.get("aggregates") or ())
    everything = (body.get("factMap") or {}).get(f"{TOTAL}!{TOTAL}") or {}
    values: list[Mapping[str, Any]] = list(everything.get("aggregates") or ())
    if ROW_COUNT not in names or len(values) <= names.index(ROW_COUNT):
        return None
    value = values[names.index(ROW_COUNT)].get("value")
    return int(value) if isinstance(value, int | float) else None
