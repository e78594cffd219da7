"""A look counts what a night would write, by probes only, and changes nothing in Salesforce."""

from collections import Counter
from typing import Any

import pytest
import requests

from connector import bootstrap
from connector.activity.look import Seen, rows_of, told
from connector.errors import CredentialsRefused
from connector.model.activity import ActivityGroup, Mode
from connector.model.runs import LOOK, WOULD_BE_WRITTEN, Trigger
from connector.store import claims, leases, runs
from connector.store.claims import Asked
from tests.connector.activity.world import HOUR, YEAR, World


def look(world: World) -> tuple[bool, Any, dict[str, dict[str, int]]]:
    services = world.services
    with services.database.write() as connection:
        run_id = claims.claim(connection, world.org_id, Asked(Trigger.RUN_NOW), LOOK).run_id
    lease = leases.acquire(services.database, world.org_id, "test", YEAR, LOOK.lease)
    assert lease is not None
    fits = bootstrap.perform_look(services, run_id, lease)
    with services.database.read() as connection:
        return fits, runs.get(connection, run_id), runs.counts(connection, run_id)


def scene(world: World) -> None:
    """Two messages: four sends, two opens, one click, and a fax."""
    ada, bo = world.recipient("ada@example.org"), world.recipient("bo@example.org")
    world.person("ada@example.org")
    world.person("bo@example.org", "Lead")
    world.person("")
    for message in (world.message(urls=("https://example.org/a",)), world.message("Second")):
        for who in (ada, bo):
            world.send(message, who, world.now - 20 * HOUR)
        world.open(message, ada, world.now - 10 * HOUR)
    world.click(message - 1, ada, world.now - 9 * HOUR)
    fax = world.message("By fax", fax=True)
    world.fax(fax, bo, world.now - 20 * HOUR)


def test_it_counts_what_the_night_then_writes_and_writes_nothing_itself(world: World) -> None:
    scene(world)
    fits, run, counts = look(world)
    assert fits
    assert world.rows() == []
    expected = {group: by_outcome[WOULD_BE_WRITTEN] for group, by_outcome in counts.items()}
    assert expected == {"Sent": 4, "Opened": 2, "Clicked": 1, "Unsubscribed": 0, "Fax Sent": 1}
    assert "about 8 rows (1 MB): it reads 3 messages of the last 90 days, for 1 Contacts and 1 Leads" in run["note"]
    assert "data storage free" in run["note"]
    world.night()
    assert world.standing() == Counter({group: count for group, count in expected.items() if count})


def test_it_asks_only_for_totals(world: World) -> None:
    scene(world)
    requests.delete(f"{world.realmagnet_url}/_sandbox/calls", timeout=5)
    look(world)
    calls = requests.get(f"{world.realmagnet_url}/_sandbox/calls", timeout=5).json()["calls"]
    assert sum(count for name, count in calls.items() if "GetDetailedTracking" in name) == 3 * 5
    assert not any("GetMessageLinkTracking" in name for name in calls)


def test_kinds_that_are_switched_off_are_not_even_asked_for(world: World) -> None:
    scene(world)
    world.sql("UPDATE kind_choices SET selected = 0 WHERE org_id = :org AND activity_group <> 'Opened'")
    _, _, counts = look(world)
    assert counts == {"Opened": {WOULD_BE_WRITTEN: 2}}


def test_a_refused_login_is_noted_where_home_shows_it(world: World) -> None:
    sealed = world.services.vault.seal(str(world.org_id), "realmagnet.password", "wrong")
    world.sql("UPDATE realmagnet_connections SET password = :sealed WHERE org_id = :org", sealed=sealed)
    with pytest.raises(CredentialsRefused):
        look(world)
    assert world.sql("SELECT refused FROM realmagnet_connections")[0][0]


def test_each_mode_makes_its_own_rows() -> None:
    totals = {ActivityGroup.SENT: 4, ActivityGroup.OPENED: 3, ActivityGroup.FAX_SENT: 2, ActivityGroup.CLICKED: 1}
    modes = dict(zip(totals, (Mode.SUMMARY, Mode.BOTH, Mode.HISTORY, Mode.SUMMARY), strict=True))
    assert rows_of(totals, modes) == {
        "Opened": 3,
        "Fax Sent": 2,
        "MagnetMail Email Tracking": 4,
        "MagnetMail Link Tracking": 1,
        "MagnetMail Messages": 1,
    }


def test_more_than_salesforce_has_room_for_is_said() -> None:
    seen = Seen(Counter({"Sent": 1_000_000}), 24, (10, 20), free=500)
    assert seen.megabytes == 2000
    assert not seen.fits
    assert "not enough: choose fewer kinds" in told(seen, 90)
    assert seen.calls == 40 + 6 * 15
