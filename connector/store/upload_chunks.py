"""The uploads that a run is cut into: which rows each carries and how far it is. It knows no vendor."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import BigInteger, Boolean, Column, Connection, ForeignKey, Integer, RowMapping, String, Table, text

from connector import clock
from connector.model.groups import GroupSize, UploadStatus
from connector.store.database import metadata, stage

upload_chunks = Table(
    "upload_chunks",
    metadata,
    Column("run_id", Integer, ForeignKey("runs.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("state", String(10), nullable=False, server_default="waiting"),
    Column("replaces", Boolean, nullable=False, server_default="0"),
    Column("extra", Boolean, nullable=False, server_default="0"),
    Column("first_place", Integer, nullable=False),
    Column("last_place", Integer, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("vendor_id", BigInteger),
    Column("asked_at", BigInteger),
    Column("group_members", BigInteger),
    Column("group_updated", BigInteger),
    Column("good", Integer, nullable=False, server_default="0"),
    Column("added", Integer, nullable=False, server_default="0"),
    Column("updated", Integer, nullable=False, server_default="0"),
)
"""One UploadRecipients of a run: the mailable rows of `audience` whose `chunk` is its number, all of them between
`first_place` and `last_place`. `extra`: it carries rows once more that were missed in the group. `group_members` and
`group_updated` are how the group stood just before it was asked for."""


class ChunkState(StrEnum):
    """Asked is committed before the vendor is called, so a crash leaves it unknown whether the vendor has it; taken
    once the vendor's id is known. Refused came to nothing; lost is one that nobody will ever know of."""

    WAITING = "waiting"
    ASKED = "asked"
    TAKEN = "taken"
    DONE = "done"
    REFUSED = "refused"
    LOST = "lost"


@dataclass(frozen=True)
class Chunk:
    """One upload. Instants are milliseconds."""

    run_id: int
    number: int
    state: ChunkState
    replaces: bool
    first_place: int
    last_place: int
    rows: int
    vendor_id: int | None
    asked_at: int | None
    group_members: int | None
    group_updated: int | None

    def changed(self, size: GroupSize) -> bool:
        """Whether the group stands otherwise than just before it was asked for, and as it may have left it."""
        if self.replaces and size.members > self.rows:
            return False
        return (size.members, _updated(size)) != (self.group_members, self.group_updated)


def cut_next(connection: Connection, run_id: int, size: int, *, replaces: bool) -> bool:
    """Make the next upload of the mailable rows in none yet, in their order; False when there are none left.

    The first one `replaces` if the run does, even when there is no row at all.
    """
    last = _last(connection, run_id)
    if last is not None and last["extra"]:  # rows are sent once more only when all were cut
        return False
    number, after = (last["number"] + 1, last["last_place"]) if last else (1, 0)
    found = connection.execute(
        text(
            "SELECT count(*), min(place), max(place) FROM (SELECT place FROM audience WHERE run_id = :run "
            "AND reason = '' AND place > :after ORDER BY place LIMIT :size) some_rows"
        ),
        {"run": run_id, "after": after, "size": size},
    ).one()
    count, first, end = int(found[0]), int(found[1] or 0), int(found[2] or 0)
    if not count and (last is not None or not replaces):
        return False
    connection.execute(
        text(
            "UPDATE audience SET chunk = :number WHERE run_id = :run AND reason = '' AND place BETWEEN :first AND :last"
        ),
        {"run": run_id, "number": number, "first": first, "last": end},
    )
    _insert(
        connection,
        run_id,
        {"number": number, "first": first, "last": end, "rows": count},
        replaces=number == 1 and replaces,
    )
    return bool(count)


def _last(connection: Connection, run_id: int) -> RowMapping | None:
    statement = text("SELECT * FROM upload_chunks WHERE run_id = :run ORDER BY number DESC LIMIT 1")
    return connection.execute(statement, {"run": run_id}).mappings().first()


def _insert(
    connection: Connection, run_id: int, values: dict[str, int], *, replaces: bool = False, extra: bool = False
) -> None:
    connection.execute(
        text(
            "INSERT INTO upload_chunks (run_id, number, first_place, last_place, rows, replaces, extra) "
            "VALUES (:run, :number, :first, :last, :rows, :replaces, :extra)"
        ),
        {"run": run_id, "replaces": replaces, "extra": extra, **values},
    )


def cut_again(connection: Connection, run_id: int, places: Iterable[int]) -> None:
    """Make an upload that carries these rows, which another one carried before."""
    last = _last(connection, run_id)
    number = last["number"] + 1 if last else 1
    rows = stage(connection, "places", {"place": "INTEGER"}, ((place,) for place in places))
    values = {"run": run_id, "number": number}
    connection.execute(
        text("UPDATE audience SET chunk = :number WHERE run_id = :run AND place IN (SELECT place FROM places)"), values
    )
    first, end = connection.execute(text("SELECT min(place), max(place) FROM places")).one()
    _insert(connection, run_id, {"number": number, "first": int(first), "last": int(end), "rows": rows}, extra=True)


def next_open(connection: Connection, run_id: int) -> Chunk | None:
    """The first upload of a run that is not over."""
    statement = text(
        "SELECT * FROM upload_chunks WHERE run_id = :run AND state IN ('waiting', 'asked', 'taken') "
        "ORDER BY number LIMIT 1"
    )
    row = connection.execute(statement, {"run": run_id}).mappings().first()
    return None if row is None else chunk_of(row)


def data(connection: Connection, chunk: Chunk) -> str:
    """The rows of an upload as they travel: CSV without a header line."""
    statement = text(
        "SELECT line FROM audience WHERE run_id = :run AND chunk = :number AND reason = '' "
        "AND place BETWEEN :first AND :last ORDER BY place"
    )
    values = {"run": chunk.run_id, "number": chunk.number, "first": chunk.first_place, "last": chunk.last_place}
    return "\n".join(connection.execute(statement, values).scalars())


def ask(connection: Connection, chunk: Chunk, before: GroupSize) -> None:
    """The vendor is about to be asked; commit this first."""
    values = {"members": before.members, "group": _updated(before), "now": clock.milliseconds(clock.now())}
    _set(
        connection, chunk, ChunkState.ASKED, "asked_at = :now, group_members = :members, group_updated = :group", values
    )


def take(connection: Connection, chunk: Chunk, vendor_id: int) -> None:
    """The vendor has it, under this number."""
    _set(connection, chunk, ChunkState.TAKEN, "vendor_id = :vendor", {"vendor": vendor_id})


def finish(connection: Connection, chunk: Chunk, status: UploadStatus) -> None:
    """The vendor is through with it: done, or refused if it came to nothing."""
    state = ChunkState.REFUSED if status.error else ChunkState.DONE
    values = {"good": status.good, "added": status.added, "updated": status.updated}
    _set(connection, chunk, state, "good = :good, added = :added, updated = :updated", values)


def turn(connection: Connection, chunk: Chunk, state: ChunkState) -> None:
    """Say where it is now; one that waits again was never asked for."""
    asked = "NULL" if state is ChunkState.WAITING else "asked_at"
    _set(connection, chunk, state, f"vendor_id = NULL, asked_at = {asked}", {})


def _set(
    connection: Connection, chunk: Chunk, state: ChunkState, change: str, values: Mapping[str, int | None]
) -> None:
    statement = text(f"UPDATE upload_chunks SET state = :state, {change} WHERE run_id = :run AND number = :number")  # noqa: S608  # our own constants
    connection.execute(statement, {"state": str(state), "run": chunk.run_id, "number": chunk.number, **values})


def _updated(size: GroupSize) -> int | None:
    return None if size.updated is None else clock.milliseconds(size.updated)


def chunk_of(row: RowMapping) -> Chunk:
    """A row of the table as a value."""
    return Chunk(
        run_id=row["run_id"],
        number=row["number"],
        state=ChunkState(row["state"]),
        replaces=bool(row["replaces"]),
        first_place=row["first_place"],
        last_place=row["last_place"],
        rows=row["rows"],
        vendor_id=row["vendor_id"],
        asked_at=row["asked_at"],
        group_members=row["group_members"],
        group_updated=row["group_updated"],
    )
