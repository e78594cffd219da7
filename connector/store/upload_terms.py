"""What a run of an upload job goes by from its first attempt to its end, however its job is changed meanwhile."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Column, Connection, ForeignKey, Integer, String, Table, Text, text

from connector.model.runs import Trigger
from connector.model.uploads import Definition, from_json
from connector.store.database import metadata

upload_terms = Table(
    "upload_terms",
    metadata,
    Column("run_id", Integer, ForeignKey("runs.id"), primary_key=True),
    Column("definition", Text, nullable=False),
    Column("held_for", String(20), nullable=False, server_default=""),
)
"""`held_for` is why the run was last held: a person lets it go on for that reason and for no other."""


class HeldFor(StrEnum):
    """What a person has to decide about."""

    EMPTY = "empty"
    MOVED = "moved"


@dataclass(frozen=True)
class Terms:
    """One run of an upload job. `about_run` is the run whose rejected rows it tries again; `closes` is None until its
    books were closed."""

    run_id: int
    trigger: Trigger
    about_run: int | None
    approved_for: str
    closes: bool | None


def of(connection: Connection, run_id: int) -> Terms:
    """The run as it stands."""
    statement = text(
        "SELECT r.trigger, r.about_run, r.approved, r.closes, t.held_for FROM runs r "
        "LEFT JOIN upload_terms t ON t.run_id = r.id WHERE r.id = :run"
    )
    row = connection.execute(statement, {"run": run_id}).mappings().one()
    return Terms(
        run_id=run_id,
        trigger=Trigger(row["trigger"]),
        about_run=row["about_run"],
        approved_for=(row["held_for"] or "") if row["approved"] else "",
        closes=None if row["closes"] is None else bool(row["closes"]),
    )


def definition(connection: Connection, run_id: int) -> Definition | None:
    """What a run goes by; None for one that was never begun."""
    statement = text("SELECT definition FROM upload_terms WHERE run_id = :run")
    found = connection.execute(statement, {"run": run_id}).scalar()
    return None if found is None else from_json(found)


def keep(connection: Connection, run_id: int, going_by: Definition) -> None:
    """Remember it; once, on the first attempt."""
    statement = text("INSERT INTO upload_terms (run_id, definition) VALUES (:run, :definition)")
    connection.execute(statement, {"run": run_id, "definition": going_by.to_json()})


def hold(connection: Connection, run_id: int, cause: HeldFor) -> None:
    """Remember what a person has to decide about."""
    statement = text("UPDATE upload_terms SET held_for = :cause WHERE run_id = :run")
    connection.execute(statement, {"run": run_id, "cause": str(cause)})


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
