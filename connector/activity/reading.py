"""One report of one message, read until it holds still, and turned into facts with keys that last."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import structlog

from connector.activity.spool import Spool
from connector.model.activity import ActivityGroup, fact_key
from connector.model.tracking import TrackedPage

log = structlog.get_logger()

ATTEMPTS = 3
"""How often a report is read again when its pages move or do not add up."""

DETAIL_LENGTH = 255

FactRow = tuple[str, int, int, str, str, int, int | None, str]


@dataclass(frozen=True)
class Subject:
    """Whose facts: they are keyed by account, message and kind."""

    account: str
    message_id: int
    group: ActivityGroup

    def row(self, recipient: int, occurrence: str, activity: str, at: int, detail: str) -> FactRow:
        """One fact, in the order of FACT_COLUMNS."""
        key = fact_key(self.account, self.message_id, recipient, self.group, occurrence)
        return (key, self.message_id, recipient, str(self.group), activity, at, None, detail[:DETAIL_LENGTH])


@dataclass(frozen=True)
class ReadSet:
    """What a report held: its rows, and the total that the vendor named. They differ if a page is missing."""

    rows: Spool
    total: int

    @property
    def whole(self) -> bool:
        """Whether the rows are all that the vendor counts."""
        return len(self.rows) == self.total


def read_whole(fetch: Callable[[], Iterator[TrackedPage]]) -> ReadSet:
    """Read every page of a report; again from the start if the total moved meanwhile or the rows do not add up to it.

    New events come first and push the others down, so a set that moved has rows twice or not at all. After the last
    attempt the set is taken only if it held still; a set that kept moving comes back empty-handed with total -1.
    """
    last: ReadSet | None = None
    for attempt in range(ATTEMPTS):
        found = _read_once(fetch)
        if found is None:
            log.info("report moved while it was read", attempt=attempt)
            continue
        if last is not None:
            last.rows.close()
        if found.whole:
            return found
        last = found
    return last or ReadSet(Spool(), -1)


def _read_once(fetch: Callable[[], Iterator[TrackedPage]]) -> ReadSet | None:
    rows, total = Spool(), -1
    for page in fetch():
        if total not in {-1, page.total}:
            rows.close()
            return None
        total = page.total
        rows.add([(*row.recipient, row.status, row.at, row.detail) for row in page.rows])
    return ReadSet(rows, max(total, 0))


def sends(subject: Subject, rows: Iterable[tuple[Any, ...]]) -> Iterator[FactRow]:
    """One fact for each send to a recipient, numbered by time; its status is content, so a bounce changes the fact."""
    counts: dict[int, int] = defaultdict(int)
    for recipient, *_rest in rows:
        counts[recipient] += 1
    several: dict[int, list[tuple[int, str, str]]] = defaultdict(list)
    for recipient, _email, _custom, status, at, detail in rows:
        if counts[recipient] == 1:
            yield subject.row(recipient, "1", status, at, detail)
        else:
            several[recipient].append((at, status, detail))
    for recipient, own in several.items():
        for number, (at, status, detail) in enumerate(sorted(own), start=1):
            yield subject.row(recipient, str(number), status, at, detail)


def instants(subject: Subject, rows: Iterable[tuple[Any, ...]], activity: str) -> Iterator[FactRow]:
    """One fact for each event, keyed by its instant; equal instants of one recipient are numbered."""
    seen: dict[tuple[int, int], int] = defaultdict(int)
    for recipient, _email, _custom, _status, at, detail in rows:
        seen[recipient, at] += 1
        yield subject.row(recipient, f"{at}.{seen[recipient, at]}", activity, at, detail)
