"""A night runs on exactly what the package brings to an org that had nothing, and not on a part of it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import stamina

from connector import clock
from connector.connection import needs, package, preparing
from connector.connection.preparing import Hands
from connector.errors import Refused
from connector.salesforce.administration import GivenToken
from connector.salesforce.gateway import Salesforce
from sandbox.salesforce.deploy import trouble
from sandbox.salesforce.deploy.deployments import SECONDS
from sandbox.salesforce.org import Org
from sandbox.salesforce.sessions import Sessions
from tests.connector.activity.serving import small_world
from tests.connector.activity.world import HOUR, World
from tests.stores import empty_store

ACTIVITY = needs.WRITTEN[0]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    org = Org(tmp_path / "salesforce", bare=True)
    org.set_setting(SECONDS, "0")
    with small_world(tmp_path, empty_store(tmp_path / "ours.db"), org) as found, stamina.set_testing(testing=True):
        monkeypatch.setattr(clock, "now", lambda: clock.from_milliseconds(found.now))
        yield found


def gateway(world: World, user_id: str) -> Salesforce:
    token = Sessions(world.org, 7200).issue(user_id, "key", "api id openid")
    (url,) = world.sql("SELECT instance_url FROM salesforce_connections")[0]
    return Salesforce(GivenToken(url, token), world.services.settings)


def test_a_night_runs_on_what_was_deployed_and_not_without_a_part_of_it(world: World) -> None:
    connected, administrator = (gateway(world, one) for one in (world.org.integration_user_id, world.org.admin_user_id))
    hands = Hands(connected, (administrator,))
    world.services = replace(world.services, salesforce=lambda _org: gateway(world, world.org.integration_user_id))
    with pytest.raises(Refused, match="does not show Contact"):
        world.night()

    preparing.begin(hands, package.build(world.org.id, "https://magnet.example.org", with_app=False))
    preparing.assign(hands)
    world.person("ada@example.org")
    message, recipient = world.message(), world.recipient("ada@example.org")
    world.send(message, recipient, world.now - HOUR)
    assert world.night().of("Written") == {"Sent": 1}
    assert len(world.rows()) == 1

    world.later(24)
    world.open(message, recipient, world.now - HOUR)
    trouble.delete_field(world.org, ACTIVITY, "Detail__c")
    with pytest.raises(Refused, match=f"{ACTIVITY}.Detail__c") as refusal:
        world.night()
    assert "Prepare Salesforce" in refusal.value.advice
    assert len(world.rows()) == 1
