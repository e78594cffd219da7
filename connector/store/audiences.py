"""The audience of a run as it was read: every row of the source, what became of it and why. It knows no vendor."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from connector.model.audience import Reason
from connector.store.database import CHUNK, append, metadata

_OPTED_OUT = text("opted_out")

audience = Table(
    "audience",
    metadata,
    Column("run_id", Integer, ForeignKey("runs.id"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("person_id", String(18), nullable=False, server_default=""),
    Column("name", String(255), nullable=False, server_default=""),
    Column("address", String(255), nullable=False, server_default=""),
    Column("identity", String(255), nullable=False, server_default=""),
    Column("reason", String(20), nullable=False, server_default=""),
    Column("detail", String(255), nullable=False, server_default=""),
    Column("line", Text, nullable=False, server_default=""),
    Column("opted_out", Boolean, nullable=False, server_default="0"),
    Column("chunk", Integer),
    Column("refusal", String(255)),
    Index("ix_audience_reason", "run_id", "reason", "place"),
    Index("ix_audience_identity", "run_id", "identity", "reason"),
    Index(
        "ix_audience_refusal",
        *("run_id", "refusal"),
        sqlite_where=text("refusal IS NOT NULL"),
        postgresql_where=text("refusal IS NOT NULL"),
    ),
    Index(
        "ix_audience_opted_out",
        *("run_id", "opted_out", "identity", "address"),
        sqlite_where=_OPTED_OUT,
        postgresql_where=_OPTED_OUT,
    ),
    sqlite_with_rowid=False,
)
"""`place` is the row's number in the source, from 1. `identity` is what the account tells recipients apart by, in the
form in which it is compared; empty for a row that has none. `reason` is empty for the mailable. `line` is the mailable
row as it travels, one line of CSV. `opted_out`: this person wants nothing by this channel, whatever the reason says.
`chunk` is the upload that carries it; `refusal` says why Real Magnet did not take it."""

EVERYWHERE = range(1, 1 << 31)
"""Every place that a row can have."""

_COLUMNS = ("run_id", "place", "person_id", "name", "address", "identity", "reason", "detail", "line", "opted_out")


class AudienceRow(NamedTuple):
    """One row as it is written: see the table. Who is opted out by another record has a `detail` that says by which."""

    place: int
    person_id: str
    name: str
    address: str
    identity: str
    reason: str
    detail: str
    line: str
    opted_out: bool = False

    def __repr__(self) -> str:
        return f"AudienceRow({self.place}, {self.person_id!r}, reason={self.reason!r})"


@dataclass(frozen=True)
class Moved:
    """How a run's mailable differ from those of the run before: its number, who joined, who left, how many it had."""

    before_run: int
    joined: int
    left: int
    had: int


@dataclass(frozen=True)
class Counts:
    """Rows of the source, mailable ones, and the others by reason."""

    rows: int
    mailable: int
    lost: dict[str, int]


def clear(connection: Connection, run_id: int) -> None:
    """Forget what was read for this run: it is read again."""
    values = {"run": run_id}
    connection.execute(text("DELETE FROM audience WHERE run_id = :run"), values)
    connection.execute(text("DELETE FROM upload_chunks WHERE run_id = :run"), values)


def add(connection: Connection, run_id: int, rows: Iterable[AudienceRow]) -> int:
    """Write rows as they were read; answers how many."""
    return append(connection, "audience", _COLUMNS, ((run_id, *row) for row in rows))


def take_out_duplicates(connection: Connection, run_id: int, places: range = EVERYWHERE) -> int:
    """Leave the first mailable row of each identity; the others become duplicates. Answers how many did.

    `places` cuts the work into short transactions; begin with the first rows.
    """
    statement = text("""
        UPDATE audience SET reason = :reason, line = '' WHERE run_id = :run AND place BETWEEN :first AND :last
        AND reason = '' AND identity <> ''
        AND EXISTS (SELECT 1 FROM audience first WHERE first.run_id = :run AND first.identity = audience.identity
                    AND first.reason = '' AND first.place < audience.place)
    """)
    return connection.execute(statement, _slice(run_id, places, Reason.DUPLICATE)).rowcount


def take_out_opted_out(connection: Connection, run_id: int, places: range = EVERYWHERE) -> int:
    """Leave out who opted out, and everybody with the identity or the address of somebody in this audience who did.

    Answers how many became so.
    """
    statement = text("""
        UPDATE audience SET reason = :reason, line = '',
            detail = CASE WHEN opted_out THEN detail ELSE 'another record with this address opted out' END
        WHERE run_id = :run AND place BETWEEN :first AND :last AND reason = '' AND (opted_out
            OR identity IN (
                SELECT o.identity FROM audience o WHERE o.run_id = :run AND o.opted_out AND o.opted_out = :yes)
            OR lower(address) IN (
                SELECT lower(o.address) FROM audience o WHERE o.run_id = :run AND o.opted_out AND o.opted_out = :yes))
    """)  # said twice: once for the index to be allowed, once for SQLite to prefer it to the whole run
    values = _slice(run_id, places, Reason.OPTED_OUT) | {"yes": True}
    return connection.execute(statement, values).rowcount


def _slice(run_id: int, places: range, reason: Reason) -> dict[str, object]:
    return {"run": run_id, "first": places.start, "last": places.stop - 1, "reason": str(reason)}


def counts(connection: Connection, run_id: int) -> Counts:
    """How many rows there are and why some are left out."""
    statement = text("SELECT reason, count(*) FROM audience WHERE run_id = :run GROUP BY reason")
    found = {str(reason): int(number) for reason, number in connection.execute(statement, {"run": run_id})}
    rows = sum(found.values())
    return Counts(rows, found.pop("", 0), found)


def moved(connection: Connection, run_id: int, before_run: int) -> Moved:
    """Who joined and who left since a run before, by identity."""
    statement = text("""
        SELECT count(*) FROM audience a WHERE a.run_id = :one AND a.reason = '' AND NOT EXISTS (
            SELECT 1 FROM audience b WHERE b.run_id = :other AND b.identity = a.identity AND b.reason = '')
    """)
    joined = connection.execute(statement, {"one": run_id, "other": before_run}).scalar_one()
    left = connection.execute(statement, {"one": before_run, "other": run_id}).scalar_one()
    return Moved(before_run, int(joined), int(left), counts(connection, before_run).mailable)


def last_uploaded(connection: Connection, org_id: int, job_id: int, before: int) -> int | None:
    """The newest run of a job before run `before` whose whole audience went into the group and was not nobody."""
    statement = text("""
        SELECT r.id FROM runs r WHERE r.org_id = :org AND r.kind = 'upload' AND r.subject_id = :job AND r.id < :before
        AND r.state IN ('Completed', 'Completed with errors') AND r.trigger <> 'Retry rejected'
        AND EXISTS (SELECT 1 FROM run_counts c WHERE c.run_id = r.id AND c.activity_group = 'Audience'
            AND c.outcome = 'mailable' AND c.count > 0)
        ORDER BY r.id DESC LIMIT 1
    """)
    found = connection.execute(statement, {"org": org_id, "job": job_id, "before": before}).scalar()
    return None if found is None else int(found)


@dataclass(frozen=True)
class RowsWanted:
    """Which rows of a run, as a screen asks for them: a reason (empty: the mailable), or those Real Magnet refused."""

    reason: str = ""
    refused: bool = False
    after: int = 0
    limit: int = 50


def rows(connection: Connection, run_id: int, wanted: RowsWanted) -> list[Any]:
    """(place, person_id, name, address, reason, detail, refusal) in the source's order, behind place `after`."""
    condition = "refusal IS NOT NULL" if wanted.refused else "reason = :reason AND refusal IS NULL"
    statement = text(
        "SELECT place, person_id, name, address, reason, detail, refusal FROM audience "  # noqa: S608  # our own constants
        f"WHERE run_id = :run AND place > :after AND {condition} ORDER BY place LIMIT :limit"
    )
    values = {"run": run_id, "after": wanted.after, "limit": wanted.limit, "reason": wanted.reason}
    return list(connection.execute(statement, values).mappings())


def samples(connection: Connection, run_id: int, limit: int = 5) -> list[str]:
    """The first mailable rows as they travel."""
    statement = text(
        "SELECT line FROM audience WHERE run_id = :run AND reason = '' AND line <> '' ORDER BY place LIMIT :limit"
    )
    return [str(line) for (line,) in connection.execute(statement, {"run": run_id, "limit": limit})]


def forget_older(connection: Connection, org_id: int, job_id: int, keep: Sequence[int]) -> int:
    """Drop rows of a job's runs and previews but those of `keep`; what they were counts on in the runs.

    At most CHUNK rows of one run at a time: answers how many, 0 when there are none left. Unfinished runs keep theirs.
    """
    kept = ", ".join(str(int(run)) for run in keep) or "0"
    statement = text(
        "SELECT r.id FROM runs r WHERE r.org_id = :org AND r.kind IN ('upload', 'preview') "  # noqa: S608  # numbers of ours
        "AND (r.subject_id = :job OR r.subject_id IN "
        "(SELECT j.id FROM upload_jobs j WHERE j.edits_id = :job AND j.state = 'Deleted')) "
        f"AND r.state NOT IN ('Queued', 'Running', 'Paused', 'Held') AND r.id NOT IN ({kept}) "
        "AND EXISTS (SELECT 1 FROM audience a WHERE a.run_id = r.id) LIMIT 1"
    )
    run_id = connection.execute(statement, {"org": org_id, "job": job_id}).scalar()
    return 0 if run_id is None else drop(connection, int(run_id))


def drop(connection: Connection, run_id: int) -> int:
    """Drop rows of a run, at most CHUNK at a time: answers how many, 0 when there are none left."""
    statement = text("""
        DELETE FROM audience WHERE run_id = :run
        AND place < :most + (SELECT min(place) FROM audience first WHERE first.run_id = :run)
    """)
    return connection.execute(statement, {"run": run_id, "most": CHUNK}).rowcount
