"""What was read of one message, put into the ledger together: its facts and what the vendor said of them."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, text

from connector.activity.night import Night
from connector.activity.reading import FactRow
from connector.activity.spool import Spool
from connector.model.people import address, id18
from connector.model.tracking import Report
from connector.store import ledger, links, message_books
from connector.store.database import CHUNK, chunks
from connector.store.ledger import Reading

NEVER = 0
"""The day (ordinal) of a question that got no whole answer yet."""


class Haul:
    """Collects while the vendor is asked; `keep` writes it all, in one transaction unless it is large.

    What the vendor said comes last: a crash before it only means that the message is read again.
    """

    def __init__(self, message_id: int, asked_on: int) -> None:
        self.message_id = message_id
        self._asked_on = asked_on
        self._facts = Spool()
        self._names: list[tuple[int, str, str]] = []
        self._readings: list[Reading] = []

    def keep_recipients(self, night: Night, rows: Iterable[tuple[Any, ...]]) -> None:
        """Write rows that begin with a recipient's id, address and Custom Member ID, as the vendor wrote them.

        They are written at once: who a clicker is, is looked up among them.
        """
        for chunk in chunks(rows):
            found = {row[0]: (row[0], address(row[1])[:255], id18(row[2].strip())[:80]) for row in chunk}
            with night.write() as connection:
                ledger.upsert_recipients(connection, night.org_id, night.run_id, found.values())

    def add_facts(self, rows: Iterable[FactRow]) -> None:
        """Facts, each key once."""
        for chunk in chunks(rows):
            self._facts.add([tuple(row) for row in chunk])

    def name_link(self, link_id: int, label: str, caption: str) -> None:
        """A link's label and text as the vendor gave them."""
        self._names.append((link_id, label, caption))

    def note(self, report: Report, total: int, *, whole: bool = True) -> None:
        """The vendor's total of a report. One that was not read whole counts as never asked: it is read next night."""
        self._readings.append(Reading(report, total, self._asked_on if whole else NEVER))

    def keep(self, night: Night, channels: Sequence[str] = ()) -> None:
        """Write everything; the message then counts as read in this run."""
        small = len(self._facts) <= CHUNK
        if not small:
            for chunk in chunks(self._facts):
                with night.write() as connection:
                    ledger.upsert_facts(connection, night.org_id, night.run_id, chunk)
        with night.write() as connection:
            if small and len(self._facts):
                ledger.upsert_facts(connection, night.org_id, night.run_id, self._facts)
            self._finish(connection, night, channels)
        self._facts.close()

    def _finish(self, connection: Connection, night: Night, channels: Sequence[str]) -> None:
        for name in self._names:
            links.name_link(connection, *name)
        for reading in self._readings:
            ledger.set_reading(connection, night.org_id, self.message_id, reading)
        if channels:  # a single fax, or an update, may have found another one since they were read
            known = message_books.channels(connection, night.org_id, self.message_id)
            connection.execute(
                text("UPDATE messages SET read_run = :run, channels = :channels WHERE org_id = :org AND id = :id"),
                {
                    "run": night.run_id,
                    "org": night.org_id,
                    "id": self.message_id,
                    "channels": ",".join(sorted({*map(str, channels), *known})),
                },
            )
