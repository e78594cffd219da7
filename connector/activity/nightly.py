"""The night of one org, from what the vendors know now to books that close."""

from collections.abc import Callable
from functools import partial

from sqlalchemy import text

from connector.activity import governor
from connector.activity.collect import collect
from connector.activity.decide import decide
from connector.activity.figures import add_up
from connector.activity.gap import compare
from connector.activity.index_people import index_people
from connector.activity.index_phones import index_phones
from connector.activity.layouts import asked_for
from connector.activity.match import match
from connector.activity.night import Night
from connector.activity.reconcile import reconcile
from connector.activity.refill import refill
from connector.activity.restoring import bring_back
from connector.activity.settle import recover, settle
from connector.activity.write import sweep, write
from connector.connection import doctor, needs
from connector.errors import Temporary
from connector.model.runs import Phase
from connector.model.scope import Scope
from connector.store import orgs, placements

ROUNDS = 8
"""How often rows that Salesforce could not lock are sent again; each round waits longer."""
LOOKS = 3
"""How often facts that came in while the others were written are written, too; later ones wait for the next run."""


def run_night(night: Night) -> bool:
    """Do everything; repeating it changes nothing. True when nothing was rejected and the books close.

    Raises `Refused` before anything is written when the org lacks something that the night needs.
    """
    try:
        _begin(night)
        index_people(night)
        index_phones(night)
        collect(night)
        add_up(night)
        closes = _bring_over(night)
    finally:
        _count_calls(night)
    return closes and not _rejected(night)


def run_write(night: Night) -> bool:
    """Write what waits in the ledger; Real Magnet is not asked. True when nothing was rejected and the books close."""
    return carry_through(night, partial(bring_back, night))


def run_gap(night: Night, scope: Scope) -> bool:
    """Find what the vendors have otherwise than we think, of a message or of all whose books do not close, and write
    it anew. True when nothing was rejected and the books close."""

    def prepare() -> None:
        compare(night, scope)
        bring_back(night)

    return carry_through(night, prepare)


def carry_through(night: Night, prepare: Callable[[], None]) -> bool:
    """Write what waits after this was done for it. True when nothing was rejected and the books close."""
    try:
        _begin(night)
        prepare()
        closes = _bring_over(night)
    finally:
        _count_calls(night)
    return closes and not _rejected(night)


def _begin(night: Night) -> None:
    governor.before_run(night)
    sweep(night)
    with night.database.read() as connection:
        wanted = asked_for(orgs.choices(connection, night.org_id))
    doctor.before_run(night.salesforce, needs.for_activity(layout.object_name for layout in wanted))
    recover(night)


def _bring_over(night: Night) -> bool:
    """From facts to rows and to books. What an update learned meanwhile joins: it is looked for again after writing."""
    refill(night)
    for _ in range(LOOKS):
        match(night)
        decide(night)
        add_up(night)  # a fact that was decided just now may have come in since the last time
        _carry(night)
        if not _undecided(night):
            break
    return reconcile(night)


def _undecided(night: Night) -> bool:
    statement = text("SELECT 1 FROM facts WHERE org_id = :org AND decision IS NULL LIMIT 1")
    with night.database.read() as connection:
        return connection.execute(statement, {"org": night.org_id}).first() is not None


def _carry(night: Night) -> None:
    left = 0
    for round_ in range(ROUNDS):
        governor.before_writing(night)
        write(night)
        settle(night)
        governor.after_writing(night)
        with night.database.read() as connection:
            left = placements.to_write(connection, night.org_id)
        if not left:
            return
        night.wait(Phase.WRITE, min(2**round_ * night.settings.poll_seconds / 10, 60))
    raise Temporary(f"Salesforce could not take {left:,} rows just now.")


def _rejected(night: Night) -> bool:
    statement = text("SELECT 1 FROM placements WHERE org_id = :org AND state = 'rejected' LIMIT 1")
    with night.database.read() as connection:
        return connection.execute(statement, {"org": night.org_id}).first() is not None


def _count_calls(night: Night) -> None:
    """Add the calls of this attempt to the run's; even one that ends badly has made them, but not one that was taken
    over: it changes nothing any more."""
    statement = text(
        "UPDATE runs SET salesforce_calls = salesforce_calls + :salesforce, "
        "realmagnet_calls = realmagnet_calls + :realmagnet WHERE id = :id"
    )
    with night.write() as connection:
        connection.execute(
            statement,
            {
                "salesforce": night.salesforce.calls.total(),
                "realmagnet": night.realmagnet.calls.total(),
                "id": night.run_id,
            },
        )
