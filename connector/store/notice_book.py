"""The book of notices: opened once, over once, seen by a person. It sends nothing."""

from collections.abc import Sequence

from sqlalchemy import Connection, RowMapping, text

from connector import clock
from connector.model.notices import ONCE, Kind, Trouble
from connector.store.notices import notices

KEEP = 400 * 86_400_000
"""Milliseconds for which a notice that is over is kept, as runs are."""


def open_once(connection: Connection, trouble: Trouble) -> int | None:
    """Open a notice; None when it is open already, or was opened for this run or a later one before."""
    values = _values(trouble)
    if trouble.run_id is not None:
        known = text(
            "SELECT 1 FROM notices WHERE org_id = :org_id AND kind = :kind AND about = :about AND run_id >= :run_id"
        )
        if connection.execute(known, values).first():
            return None
    found = connection.execute(
        text("""
            INSERT INTO notices (org_id, kind, about, run_id, opened_at, headline, detail, advice)
            VALUES (:org_id, :kind, :about, :run_id, :now, :headline, :detail, :advice)
            ON CONFLICT DO NOTHING RETURNING id
        """),
        values,
    ).scalar()
    if found is None:
        _renew(connection, values)
    return None if found is None else int(found)


def _renew(connection: Connection, values: dict[str, object]) -> None:
    """It is still so: keep its newest run and reason, and tell nobody."""
    connection.execute(
        text("""
            UPDATE notices SET run_id = :run_id, detail = :detail, advice = :advice
            WHERE org_id = :org_id AND kind = :kind AND about = :about AND recovered_at IS NULL
            AND run_id < :run_id
        """),
        values,
    )


def note_ended(connection: Connection, trouble: Trouble) -> int | None:
    """Note a run that went through, for who wants to hear of each; None when it is noted already."""
    values = _values(trouble)
    known = text("SELECT 1 FROM notices WHERE org_id = :org_id AND kind = :kind AND run_id = :run_id")
    if connection.execute(known, values).first():
        return None
    found = connection.execute(
        text("""
            INSERT INTO notices
                (org_id, kind, about, run_id, opened_at, recovered_at, seen_at, headline, detail, advice)
            VALUES (:org_id, :kind, :about, :run_id, :now, :now, :now, :headline, :detail, :advice) RETURNING id
        """),
        values,
    ).scalar_one()
    return int(found)


def _values(trouble: Trouble) -> dict[str, object]:
    return {**vars(trouble), "kind": str(trouble.kind), "now": clock.milliseconds(clock.now())}


def open_ones(connection: Connection, org_id: int | None = None) -> Sequence[RowMapping]:
    """The notices that are not over, of one org or of all, newest first."""
    which = "" if org_id is None else "AND org_id = :org"
    statement = text(f"SELECT * FROM notices WHERE recovered_at IS NULL {which} ORDER BY id DESC")  # noqa: S608  # ours
    return connection.execute(statement, {} if org_id is None else {"org": org_id}).mappings().all()


def unseen(connection: Connection, org_id: int) -> Sequence[RowMapping]:
    """The open notices that nobody has put aside, newest first."""
    return [row for row in open_ones(connection, org_id) if row["seen_at"] is None]


def recover(connection: Connection, notice_id: int) -> bool:
    """It is over; False when it was already."""
    statement = text("UPDATE notices SET recovered_at = :now WHERE id = :id AND recovered_at IS NULL")
    return bool(connection.execute(statement, {"id": notice_id, "now": _now()}).rowcount)


def see(connection: Connection, org_id: int, notice_id: int) -> bool:
    """A person has seen it; what never comes again by itself is over with that. False when there is no such notice."""
    row = (
        connection.execute(
            text("SELECT * FROM notices WHERE id = :id AND org_id = :org"), {"id": notice_id, "org": org_id}
        )
        .mappings()
        .first()
    )
    if row is None:
        return False
    over = row["kind"] not in {Kind.HELD, Kind.PAUSED} and any(
        f"{row['about']} ".startswith(f"{kind} ") for kind in ONCE
    )
    connection.execute(
        text("""
            UPDATE notices SET seen_at = COALESCE(seen_at, :now),
            recovered_at = CASE WHEN :over THEN COALESCE(recovered_at, :now) ELSE recovered_at END WHERE id = :id
        """),
        {"id": notice_id, "now": _now(), "over": over},
    )
    return True


def newest(connection: Connection, org_id: int, limit: int) -> Sequence[RowMapping]:
    """The org's troubles, those that are not over first, then the newest."""
    statement = text("""
        SELECT * FROM notices WHERE org_id = :org AND kind <> 'ended'
        ORDER BY CASE WHEN recovered_at IS NULL THEN 0 ELSE 1 END, id DESC LIMIT :limit
    """)
    return connection.execute(statement, {"org": org_id, "limit": limit}).mappings().all()


def forget_old(connection: Connection) -> None:
    """Forget what was over long ago, with what was told of it."""
    before = {"before": _now() - KEEP}
    connection.execute(text("DELETE FROM notice_deliveries WHERE made_at < :before AND state <> 'waiting'"), before)
    connection.execute(notices.delete().where(notices.c.recovered_at < before["before"]))


def _now() -> int:
    return clock.milliseconds(clock.now())
