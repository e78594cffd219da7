"""An org's night meets its own Salesforce organization only, whatever login was entered for it."""

import pytest

from connector.errors import CredentialsRefused
from sandbox.realmagnet.account import HOUR
from tests.connector.activity.world import World


def test_a_login_of_another_organization_is_refused_before_anything_is_read_or_written(world: World) -> None:
    world.person("ada@example.org")
    world.open(world.message(), world.recipient("ada@example.org"), world.now - HOUR)
    world.sql("UPDATE orgs SET salesforce_id = '00D000000000002EAA' WHERE id = :org")
    with pytest.raises(CredentialsRefused):
        world.night()
    assert world.rows() == []
    assert world.sql("SELECT count(*) FROM people WHERE org_id = :org") == [(0,)]
    ((refused, token),) = world.sql("SELECT refused, access_token FROM salesforce_connections WHERE org_id = :org")
    assert ("another organization" in refused, token) == (True, "")


def test_its_own_is_taken(world: World) -> None:
    world.person("ada@example.org")
    world.open(world.message(), world.recipient("ada@example.org"), world.now - HOUR)
    assert world.night().closes
