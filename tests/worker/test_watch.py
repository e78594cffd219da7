"""The watch asks the vendors once an hour, keeps going whatever breaks, and is told of when it stands still."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from typing import Any, cast

import pytest
import time_machine
from sqlalchemy import text

from connector import clock
from connector.errors import CredentialsRefused, Temporary
from connector.model.notices import Road, Wants
from connector.model.runs import RunState, Trigger
from connector.notices.canary import Canary
from connector.notices.look import look
from connector.settings import Settings
from connector.store import (
    attempts,
    claims,
    notice_addresses,
    notice_book,
    notice_deliveries,
    notice_findings,
    notice_hearts,
    notice_settings,
)
from connector.store.claims import Asked
from connector.store.database import Database
from connector.store.notice_addresses import Entered
from connector.store.notice_settings import Chosen
from tests.worker.conftest import BACK_ENDS
from worker.watch import again_and_again


@dataclass
class Vendor:
    """Both vendors, as far as a canary goes."""

    database: Database
    asked: list[str] = field(default_factory=list)
    trouble: Exception | None = None
    account: str = "ACME"

    def limits(self) -> dict[str, Any]:
        return self._answer("salesforce")

    def login(self) -> "Vendor":
        self._answer("realmagnet")
        return self

    def _answer(self, vendor: str) -> dict[str, Any]:
        self.asked.append(vendor)
        if isinstance(self.trouble, CredentialsRefused):
            with self.database.write() as connection:  # as those do who are refused
                connection.execute(text(f"UPDATE {vendor}_connections SET refused = 'Bad key.'"))  # noqa: S608  # ours
        if self.trouble is not None:
            raise self.trouble
        return {}

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def vendor(database: Database, org: int) -> Vendor:
    with database.write() as connection:
        connection.execute(
            text(
                "INSERT INTO salesforce_connections (org_id, kind, login_url, instance_url, secrets) "
                "VALUES (:org, 'jwt', '', '', '')"
            ),
            {"org": org},
        )
        connection.execute(
            text("INSERT INTO realmagnet_connections (org_id, username, password) VALUES (:org, '', '')"), {"org": org}
        )
    return Vendor(database)


@pytest.fixture
def canary(database: Database, vendor: Vendor) -> Canary:
    return Canary(database, lambda _org: cast("Any", vendor), lambda _org: cast("Any", vendor))


def refused(database: Database) -> list[str]:
    with database.read() as connection:
        return [row["vendor"] for row in notice_findings.refused(connection)]


@pytest.mark.parametrize("back_end", BACK_ENDS, indirect=True)
def test_each_connection_is_tried_once_an_hour(canary: Canary, vendor: Vendor, database: Database) -> None:
    with time_machine.travel(clock.now(), tick=False) as time:
        assert [canary(), canary()] == [1, 0]
        assert vendor.asked == ["salesforce", "realmagnet"]
        time.shift(59 * 60)
        assert canary() == 0
        time.shift(2 * 60)
        vendor.trouble = CredentialsRefused("No.")
        assert canary() == 1
        assert refused(database) == ["realmagnet", "salesforce"]
        vendor.asked.clear()
        vendor.trouble = None
        time.shift(61 * 60)
        assert canary() == 1
    assert vendor.asked == ["salesforce"]  # a password that was refused is not tried again
    assert refused(database) == ["realmagnet"]


@pytest.mark.parametrize("back_end", BACK_ENDS, indirect=True)
def test_watches_at_once_open_each_trouble_once_and_take_each_delivery_once(database: Database, org: int) -> None:
    with database.write() as connection:
        notice_addresses.add(connection, org, 1, Entered(Road.MAIL, "admin@example.org", Wants.ALWAYS))
        notice_settings.choose(connection, org, Chosen(report=True))
        connection.execute(text("UPDATE notice_settings SET next_report_at = 1"))
        connection.execute(text("UPDATE nights SET next_run_at = 1"))
        for state in (RunState.FAILED, RunState.COMPLETED_WITH_ERRORS):
            number = claims.claim(connection, org, Asked(Trigger.HAND)).run_id
            attempts.begin(connection, number)
            attempts.end(connection, number, state)
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(look, database, Settings()) for _ in range(4)]:
            done.result()
        taken = [one.result() for one in [pool.submit(notice_deliveries.take, database) for _ in range(4)]]
    with database.read() as connection:
        told = connection.execute(text("SELECT event FROM notice_deliveries ORDER BY event")).scalars().all()
        assert [row["kind"] for row in notice_book.newest(connection, org, 9)] == ["missed", "partial", "failed"]
    assert told == ["ended", "opened", "opened", "opened", "recovered", "report"]
    ids = [one.id for one in taken if one is not None]
    assert len(set(ids)) == len(ids) > 0


def test_a_vendor_that_does_not_answer_has_refused_nothing(canary: Canary, vendor: Vendor, database: Database) -> None:
    vendor.trouble = Temporary("Away.")
    assert canary() == 1
    assert refused(database) == []


def test_a_task_that_breaks_is_done_again() -> None:
    done: list[int] = []
    enough = Event()

    def task() -> None:
        done.append(1)
        if len(done) == 3:
            enough.set()
        raise OSError

    again_and_again("task", task, 0.001, enough)
    assert len(done) == 3


def test_what_was_expected_and_never_beat_is_silent(database: Database) -> None:
    with time_machine.travel(clock.now(), tick=False) as time:
        with database.write() as connection:
            notice_hearts.expect(connection, notice_hearts.WATCH)
        time.shift(6 * 60)
        with database.write() as connection:
            notice_hearts.beat(connection, notice_hearts.TICK)
            assert set(notice_hearts.silent(connection)) == {"watch"}
