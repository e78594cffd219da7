"""Looks for trouble in all orgs, opens and closes notices, and says what is to be told. It sends nothing.

All of a look is one transaction that only one process is in at a time, so that nothing is told twice.
"""

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import Connection, RowMapping

from connector.model import notices as words
from connector.model.notices import Event, Kind, Trouble
from connector.model.runs import RunState
from connector.notices import report, standing, telling
from connector.notices.telling import House
from connector.settings import Settings
from connector.store import notice_addresses, notice_book, notice_deliveries, notice_findings, notice_settings
from connector.store import notice_hearts as hearts
from connector.store.database import Database
from connector.store.notice_deliveries import Told
from connector.store.notice_findings import Seen

OVERLAP = 10 * 60_000
"""Milliseconds before the last look in which an end may have been committed late."""


class Look:
    """One look at everything."""

    def __init__(self, connection: Connection, settings: Settings) -> None:
        self._connection = connection
        self._listening = notice_addresses.listening(connection)
        self._houses = {
            org_id: House(org_id, name, salesforce_id, settings.public_url)
            for org_id, (name, salesforce_id) in notice_findings.everybody(connection).items()
        }

    def runs(self, since: int) -> None:
        """What ended since, in its order, and what is held or paused."""
        ended = notice_findings.ended_since(self._connection, since - OVERLAP)
        for run in (*ended, *notice_findings.standing(self._connection)):
            trouble = words.OPENS.get(run.state)
            if trouble is not None:
                self.open(_of(run, trouble))
            self._close_of(run)
            if run.state in {RunState.COMPLETED, RunState.COMPLETED_WITH_ERRORS} and run.kind == words.ACTIVITY:
                self._ended(run)

    def _close_of(self, run: Seen) -> None:
        told, quiet = words.TOLD_OVER.get(run.state, frozenset()), words.QUIETLY_OVER.get(run.state, frozenset())
        if not told and not quiet:
            return
        about = words.about(run.kind, run.subject_id)
        for row in notice_book.open_ones(self._connection, run.org_id):
            if row["run_id"] is None or row["run_id"] > run.id:
                continue
            if row["about"] != about:
                if run.state == RunState.COMPLETED and words.mends(run.kind, row["kind"], row["about"]):
                    self.close(row, aloud=True)
            elif row["kind"] in told or (row["kind"] in quiet and _same_or_later(row, run)):
                self.close(row, aloud=row["kind"] in told)

    def _ended(self, run: Seen) -> None:
        hearing = [one for one, wants in self._listening.get(run.org_id, []) if words.wants(wants, Event.ENDED)]
        if not hearing:
            return
        trouble = _of(run, Kind.ENDED)
        if run.state == RunState.COMPLETED_WITH_ERRORS:
            trouble = replace(trouble, headline="The nightly activity completed with errors.")
        noted = notice_book.note_ended(self._connection, trouble)
        if noted is not None:
            self._tell(Event.ENDED, trouble, noted)

    def standing(self, troubles: Iterable[Trouble]) -> None:
        """What is wrong just now besides runs: opens what is new, closes what is over."""
        now = {trouble.key: trouble for trouble in troubles}
        for row in notice_book.open_ones(self._connection):
            if row["kind"] in standing.KINDS and (row["org_id"], row["kind"], row["about"]) not in now:
                self.close(row, aloud=True)
        for trouble in now.values():
            self.open(trouble)

    def reports(self) -> None:
        """The daily reports that are due."""
        for org_id in notice_settings.take_due_reports(self._connection):
            headline, detail = report.of_day(self._connection, org_id)
            body = telling.words(self._houses[org_id], Event.REPORT, headline, detail)
            hearing = [one for one, _wants in self._listening.get(org_id, [])]
            notice_deliveries.make(self._connection, Told(org_id, None, Event.REPORT, body), hearing)

    def open(self, trouble: Trouble) -> None:
        """Tell of it, the first time only."""
        opened = notice_book.open_once(self._connection, trouble)
        if opened is not None:
            self._tell(Event.OPENED, trouble, opened)

    def close(self, row: RowMapping, *, aloud: bool) -> None:
        """It is over; tell so, once."""
        if notice_book.recover(self._connection, row["id"]) and aloud:
            self._tell(Event.RECOVERED, _read(row), row["id"])

    def _tell(self, event: Event, trouble: Trouble, notice_id: int) -> None:
        hearing = [one for one, wants in self._listening.get(trouble.org_id, []) if words.wants(wants, event)]
        if hearing:
            body = telling.document(self._houses[trouble.org_id], event, trouble, notice_id)
            notice_deliveries.make(self._connection, Told(trouble.org_id, notice_id, event, body), hearing)


def look(database: Database, settings: Settings) -> None:
    """One round over all orgs."""
    with database.write() as connection:
        since = hearts.take_turn(connection, hearts.WATCH)
        hearts.expect(connection, hearts.TICK)
        one = Look(connection, settings)
        one.runs(since)
        one.standing(standing.of_all(connection))
        one.reports()
        notice_book.forget_old(connection)
        hearts.beat(connection, hearts.WATCH)


def _of(run: Seen, kind: Kind) -> Trouble:
    found = words.of_run(run.org_id, run.kind, run.subject_id, run_id=run.id, told=kind)
    return replace(found, detail=run.reason, advice=run.advice or found.advice)


def _same_or_later(row: RowMapping, run: Seen) -> bool:
    """A cancelled run is over itself; one that failed also ends what an earlier one of its subject waited for."""
    return row["run_id"] == run.id or run.state == RunState.FAILED


def _read(row: RowMapping) -> Trouble:
    return Trouble(
        row["org_id"], Kind(row["kind"]), row["about"], row["headline"], row["detail"], row["advice"], row["run_id"]
    )
