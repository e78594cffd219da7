"""What a run of an upload job goes by while its audience is fresh, however its job is changed meanwhile."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Boolean, Column, Connection, ForeignKey, Index, Integer, String, Table, Text, text

from connector import clock
from connector.model.runs import Trigger
from connector.model.uploads import Definition, from_json
from connector.store.database import metadata

_HAS_LINES = text("has_lines")

upload_terms = Table(
    "upload_terms",
    metadata,
    Column("run_id", Integer, ForeignKey("runs.id"), primary_key=True),
    Column("definition", Text, nullable=False),
    Column("held_for", String(20), nullable=False, server_default=""),
    Column("held_change", Integer, nullable=False, server_default="0"),
    Column("read_at", BigInteger),
    Column("touched", Boolean, nullable=False, server_default="0"),
    Column("has_lines", Boolean, nullable=False, server_default="0"),
    Index("ix_upload_terms_lines", "run_id", sqlite_where=_HAS_LINES, postgresql_where=_HAS_LINES),
)
"""`held_for` is why the run was last held, and `held_change` how many had joined and left: a person lets it go on for
that reason and about as much, for no other and no more. `read_at` is when the reading of its audience began, in
milliseconds; NULL when it is to be read (anew). `touched`: Real Magnet may have had some of it before it was begun
anew. `has_lines`: some of its rows may be kept as they travel."""


class HeldFor(StrEnum):
    """What a person has to decide about."""

    EMPTY = "empty"
    MOVED = "moved"


@dataclass(frozen=True)
class Terms:
    """One run of an upload job. `about_run` is the run whose rejected rows it tries again; `closes` is None until its
    books were closed, `read_at` while its audience is to be read."""

    run_id: int
    trigger: Trigger
    about_run: int | None
    approved_for: str
    approved_change: int
    read_at: datetime | None
    touched: bool
    closes: bool | None


def of(connection: Connection, run_id: int) -> Terms:
    """The run as it stands."""
    statement = text(
        "SELECT r.trigger, r.about_run, r.approved, r.closes, t.held_for, t.held_change, t.read_at, t.touched "
        "FROM runs r LEFT JOIN upload_terms t ON t.run_id = r.id WHERE r.id = :run"
    )
    row = connection.execute(statement, {"run": run_id}).mappings().one()
    return Terms(
        run_id=run_id,
        trigger=Trigger(row["trigger"]),
        about_run=row["about_run"],
        approved_for=(row["held_for"] or "") if row["approved"] else "",
        approved_change=row["held_change"] or 0,
        read_at=None if row["read_at"] is None else clock.from_milliseconds(row["read_at"]),
        touched=bool(row["touched"]),
        closes=None if row["closes"] is None else bool(row["closes"]),
    )


def definition(connection: Connection, run_id: int) -> Definition | None:
    """What a run goes by; None for one that was never begun."""
    statement = text("SELECT definition FROM upload_terms WHERE run_id = :run")
    found = connection.execute(statement, {"run": run_id}).scalar()
    return None if found is None else from_json(found)


def keep(connection: Connection, run_id: int, going_by: Definition) -> None:
    """Remember it when the run begins, and when it begins anew: its audience is to be read."""
    statement = text(
        "INSERT INTO upload_terms (run_id, definition) VALUES (:run, :definition) "
        "ON CONFLICT (run_id) DO UPDATE SET definition = :definition, read_at = NULL, "
        "touched = (upload_terms.touched OR EXISTS (SELECT 1 FROM upload_chunks c WHERE c.run_id = :run "
        "AND c.state IN ('asked', 'taken', 'done', 'lost')))"
    )
    connection.execute(statement, {"run": run_id, "definition": going_by.to_json()})


def note_read(connection: Connection, run_id: int) -> None:
    """Its audience is read from now on."""
    statement = text("UPDATE upload_terms SET read_at = :now, has_lines = :yes WHERE run_id = :run")
    connection.execute(statement, {"run": run_id, "now": clock.milliseconds(clock.now()), "yes": True})


def hold(connection: Connection, run_id: int, cause: HeldFor, change: int) -> None:
    """Remember what a person has to decide about; who decided before did not see this. It is to be read anew then."""
    values = {"run": run_id, "cause": str(cause), "change": change, "no": False}
    connection.execute(
        text("UPDATE upload_terms SET held_for = :cause, held_change = :change, read_at = NULL WHERE run_id = :run"),
        values,
    )
    connection.execute(text("UPDATE runs SET approved = :no WHERE id = :run"), values)


def close(connection: Connection, run_id: int, *, closes: bool, words: str = "") -> None:
    """Whether the group holds what the run says it does, and what else there is to say, after what its note says."""
    statement = text(
        "UPDATE runs SET closes = :closes, note = CASE WHEN :words = '' THEN note WHEN note = '' THEN :words "
        "ELSE note || ' ' || :words END WHERE id = :run"
    )
    connection.execute(statement, {"run": run_id, "closes": closes, "words": words})


def count_calls(connection: Connection, run_id: int, salesforce: int, realmagnet: int) -> None:
    """Add the calls of one attempt to the run's."""
    statement = text(
        "UPDATE runs SET salesforce_calls = salesforce_calls + :salesforce, "
        "realmagnet_calls = realmagnet_calls + :realmagnet WHERE id = :run"
    )
    connection.execute(statement, {"run": run_id, "salesforce": salesforce, "realmagnet": realmagnet})
