"""A small world: both vendors on their real protocols, one org of ours connected to them, and nights over it."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import text

from connector.activity.night import Night
from connector.activity.nightly import run_night
from connector.bootstrap import Services
from connector.model.runs import RunState, Trigger
from connector.store import attempts, leases, runs
from sandbox import ids
from sandbox.realmagnet.account import HOUR, Account
from sandbox.realmagnet.behaviour import Dispatch
from sandbox.realmagnet.documents import row_of
from sandbox.realmagnet.kinds import EmailStatus, FaxStatus, Kind
from sandbox.realmagnet.seed import add_message, record_dispatch, store_recipients
from sandbox.realmagnet.wire import read_instant
from sandbox.salesforce.calls import Calls
from sandbox.salesforce.org import Org
from sandbox.salesforce.removal import delete_rows
from sandbox.salesforce.seed import load_rows
from sandbox.salesforce.switches import Switches
from tools import independent

NOON = read_instant("2026-03-12T12:00:00")
"""Where Real Magnet's clock, and ours, begin: four days after the change to daylight saving time."""
MINUTE = 60_000
ACTIVITY = "Real_Magnet_Activity__c"
YEAR = 365 * 24 * 3600.0

Hook = Callable[[str], None]


@dataclass(frozen=True)
class Done:
    """What one night came to."""

    run_id: int
    clean: bool
    row: Mapping[str, Any]
    counts: Mapping[str, Mapping[str, int]]

    @property
    def closes(self) -> bool:
        return bool(self.row["closes"])

    def of(self, outcome: str) -> dict[str, int]:
        """Group → how many came to this outcome; groups without any are left out."""
        return {group: found[outcome] for group, found in self.counts.items() if found.get(outcome)}


class HookedNight(Night):
    """Tells the test which point it has reached; the test may raise there, as a crash would."""

    hook: Hook = staticmethod(lambda _point: None)

    def reached(self, point: str) -> None:
        super().reached(point)
        self.hook(point)


@dataclass
class World:
    """`account` and `org` are the stand-ins' own stores: tests put in what happened, and look at what stands."""

    folder: Path
    account: Account
    realmagnet_url: str
    org: Org
    switches: Switches
    services: Services
    org_id: int
    calls: Calls
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    # -- people ------------------------------------------------------------------------------------------------

    def person(self, email: str = "", kind: str = "Contact", **columns: object) -> str:
        """A Contact or Lead as if somebody had just saved it; answers its id."""
        prefix = ids.CONTACT if kind == "Contact" else ids.LEAD
        number = str(columns.get("Id") or ids.make_id(prefix, next(self._numbers)))
        row = {"Id": number, "LastName": "Example", "Email": email or None, **columns}
        row |= {"SystemModstamp": self.org.clock.system_stamp()}
        if kind == "Lead":
            row |= {"Company": "Example", "Status": "Open - Not Contacted"}
        load_rows(self.org, kind, list(row), [list(row.values())])
        return number

    def delete(self, *numbers: str) -> None:
        """Into Salesforce's recycle bin."""
        sobject = self.org.schema.by_prefix(numbers[0])
        assert sobject is not None
        with self.org.database.writing() as connection:
            delete_rows(self.org, connection, sobject, numbers)

    # -- Real Magnet -------------------------------------------------------------------------------------------

    @property
    def now(self) -> int:
        return self.account.now()

    def later(self, hours: float) -> None:
        self.account.set_clock(self.now + int(hours * HOUR), running=False)

    def bad_day(self, **wanted: Any) -> None:
        """Throw the Real Magnet stand-in's switches."""
        requests.post(f"{self.realmagnet_url}/_sandbox/switches", json=wanted, timeout=5).raise_for_status()

    def good_day(self) -> None:
        requests.delete(f"{self.realmagnet_url}/_sandbox/switches", timeout=5).raise_for_status()

    def recipient(self, email: str, custom_id: str = "") -> int:
        number = 2_778_600_000 + next(self._numbers)
        store_recipients(self.account, [row_of(number, {"Email": email, "CustomID": custom_id})])
        return number

    def message(
        self, name: str = "Newsletter", *, hours_ago: float = 24, urls: tuple[str, ...] = (), fax: bool = False
    ) -> int:
        """A message that went out so long ago; to whom, its events say."""
        number, at = 18_952_000 + next(self._numbers), self.now - int(hours_ago * HOUR)
        links = [(number * 10 + place, url, f"Label {place}", f"Text {place}") for place, url in enumerate(urls)]
        add_message(self.account, (number, name, at - HOUR), links)
        record_dispatch(self.account, Dispatch(number, at, fax=fax), [])
        return number

    def event(self, message: int, kind: Kind, who: int, at: int, **more: int | None) -> None:
        """One event at an instant; `status`, `result_at` and `link_id` as the account keeps them."""
        number = self.account.numbers("event")[0]
        values = (more.get("status", 1), more.get("result_at"), more.get("link_id"))
        self.account.insert_events([(message, int(kind), at, number, who, *values)])

    def send(
        self, message: int, who: int, at: int, status: int = EmailStatus.Delivered, *, result_at: int | None = None
    ) -> None:
        """An e-mail to one recipient, with the event that tells its end."""
        ended = at + MINUTE if result_at is None else result_at
        self.event(message, Kind.EMAIL_SENT, who, at, status=status, result_at=ended)
        if status == EmailStatus.Delivered:
            self.event(message, Kind.EMAIL_DELIVERED, who, ended, status=status)
        elif status not in {EmailStatus.Inprogress, EmailStatus.Failed}:
            self.event(message, Kind.EMAIL_BOUNCED, who, ended, status=status)

    def fax(self, message: int, who: int, at: int, status: int = FaxStatus.Delivered) -> None:
        self.event(message, Kind.FAX_SENT, who, at, status=status, result_at=at + MINUTE)
        kind = Kind.FAX_FAILED if status == FaxStatus.Failed else Kind.FAX_DELIVERED
        self.event(message, kind, who, at + MINUTE, status=status)

    def open(self, message: int, who: int, at: int) -> None:
        self.event(message, Kind.EMAIL_OPENED, who, at)

    def click(self, message: int, who: int, at: int, place: int = 0) -> None:
        self.event(message, Kind.LINK_CLICKED, who, at, link_id=message * 10 + place)

    # -- nights ------------------------------------------------------------------------------------------------

    def begin(self) -> int:
        with self.services.database.write() as connection:
            return runs.create(connection, self.org_id, Trigger.HAND)

    def work(self, run_id: int, hook: Hook | None = None) -> bool:
        """One attempt at a run, as a worker makes it; whatever stops it comes out."""
        found = self.services
        lease = leases.acquire(found.database, self.org_id, "test", YEAR)
        assert lease is not None
        with found.database.write() as connection:
            attempts.begin(connection, run_id)
        salesforce, realmagnet = found.salesforce(self.org_id), found.realmagnet(self.org_id)
        night = HookedNight(found.settings, found.database, run_id, lease, salesforce, realmagnet)
        if hook is not None:
            night.hook = hook
        try:
            return run_night(night)
        finally:
            salesforce.close()
            realmagnet.close()
            leases.release(found.database, lease)

    def night(self, hook: Hook | None = None) -> Done:
        """A whole run of one attempt."""
        run_id = self.begin()
        state = RunState.FAILED
        try:
            clean = self.work(run_id, hook)
            state = RunState.COMPLETED if clean else RunState.COMPLETED_WITH_ERRORS
        finally:
            self.end(run_id, state)
        return self.done(run_id, clean=clean)

    def end(self, run_id: int, state: RunState) -> None:
        with self.services.database.write() as connection:
            attempts.end(connection, run_id, state)

    def done(self, run_id: int, *, clean: bool = True) -> Done:
        with self.services.database.read() as connection:
            row = runs.get(connection, run_id)
            assert row is not None
            return Done(run_id, clean, dict(row), runs.counts(connection, run_id))

    # -- what stands -------------------------------------------------------------------------------------------

    def rows(self, sobject: str = ACTIVITY, where: str = "1 = 1") -> list[dict[str, Any]]:
        """The rows that stand in Salesforce, oldest first, straight from its file."""
        with self.org.database.reading() as connection:
            cursor = connection.execute(f"SELECT * FROM {sobject} WHERE IsDeleted = 0 AND {where} ORDER BY row")  # noqa: S608  # ours
            names = [item[0] for item in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

    def sql(self, statement: str, **values: object) -> list[tuple[Any, ...]]:
        """Ask or tell our own database."""
        with self.services.database.write() as connection:
            found = connection.execute(text(statement), {"org": self.org_id, **values})
            return [tuple(row) for row in found] if found.returns_rows else []

    def naive(self) -> independent.Snapshot:
        """What should stand by now, counted without any code of ours."""
        return independent.take(self.folder / "realmagnet", self.folder / "salesforce")

    def standing(self) -> Counter[str]:
        return Counter(str(row["Activity_Group__c"]) for row in self.rows())
