"""A fresh org is brought to where the work can be done by whoever may, and nothing is asked of it twice."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, cast

import pytest

from connector.connection import needs, package, preparing
from connector.connection.preparing import Hands, Part
from connector.errors import CredentialsRefused, LimitReached, NotFound, Refused
from connector.salesforce.administration import GivenToken
from connector.salesforce.gateway import Salesforce
from connector.settings import Settings
from sandbox.salesforce.deploy import trouble
from sandbox.salesforce.org import STRICT_SETUP
from tests.connector.connection.standing import Served, served

ADDRESS = "https://magnet.example.org"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("fresh") / "org", bare=True) as found:
        yield found


def set_strict(fresh: Served, value: str) -> None:
    """Whether who may not see Setup is refused what belongs there, as the vendor does."""
    fresh.org.set_setting(STRICT_SETUP, value)
    fresh.org.forget_access()


def what_only_setup_shows_could_not_be_asked(fresh: Served) -> None:
    set_strict(fresh, "1")
    hidden = preparing.survey(Hands(fresh.connected, (fresh.connected,)))
    assert (hidden.whole, hidden.findings, hidden.unasked) == (True, [], [preparing.SETS, preparing.RULES])
    assert (hidden.user and hidden.user.username) == "integration@salesforce.example"
    with pytest.raises(Refused):
        preparing.assign(Hands(fresh.connected, (fresh.connected,)))
    ended = Salesforce(GivenToken(fresh.url, "ended"), Settings(http_timeout=10))
    shown = preparing.survey(Hands(fresh.connected, (ended, fresh.connected, fresh.administrator)))
    assert (shown.whole, shown.findings, shown.unasked) == (True, [], [])
    set_strict(fresh, "0")


def test_a_fresh_org_is_prepared_by_an_administrator_for_a_user_who_may_nothing(fresh: Served) -> None:
    hands = Hands(fresh.connected, (fresh.administrator, fresh.connected))
    before = preparing.survey(hands)
    assert Counter(part.kind for part in before.missing) == {"Object": len(needs.of_source()), "Permission set": 2}
    assert not before.whole
    with pytest.raises(NotFound, match="not in this organization yet"):
        preparing.assign(hands)

    deployment = preparing.watch(hands, preparing.begin(hands, package.build(fresh.org.id, ADDRESS, with_app=False)))
    assert deployment is not None
    assert (deployment.state, deployment.done, deployment.success, deployment.errors) == ("Succeeded", True, True, [])
    assert deployment.deployed == deployment.total > 100

    between = preparing.survey(hands)
    assert between.unassigned
    given = preparing.assign(hands)
    assert given is not None
    assert given.id == fresh.org.integration_user_id
    after = preparing.survey(hands)
    assert after.whole
    assert after.findings == []
    assert preparing.assign(hands) is None

    what_only_setup_shows_could_not_be_asked(fresh)
    trouble.delete_field(fresh.org, needs.WRITTEN[0], "Detail__c")
    assert preparing.survey(hands).missing == [Part("Field", f"{needs.WRITTEN[0]}.Detail__c")]


def test_who_may_not_deploy_is_told_so_and_may_not_look(fresh: Served) -> None:
    hands = Hands(fresh.connected, (fresh.connected,))
    with pytest.raises(Refused, match="Metadata API"):
        preparing.begin(hands, package.build(fresh.org.id, ADDRESS, with_app=False))


class Administrator:
    """Answers as it is told, and counts."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked = 0

    def deploy(self, _asked: bytes) -> str:
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return str(self.answer)

    deployment = deploy


def hands(*answers: Any) -> Hands:
    administrators = tuple(cast("Salesforce", Administrator(answer)) for answer in answers)
    return Hands(administrators[-1], administrators)


@pytest.mark.parametrize("refusal", [Refused("No."), CredentialsRefused("Your session has ended."), NotFound("No.")])
def test_the_next_one_is_asked_when_the_first_is_refused(refusal: Refused) -> None:
    assert preparing.begin(hands(refusal, "0Af"), b"") == "0Af"


def test_when_all_are_refused_the_words_are_those_of_who_is_there() -> None:
    with pytest.raises(Refused, match=r"Not you\."):
        preparing.begin(hands(Refused("Not you."), Refused("Not the other.")), b"")


def test_a_used_up_allowance_is_no_refusal() -> None:
    both = hands(LimitReached("No calls are left."), "0Af")
    with pytest.raises(LimitReached):
        preparing.begin(both, b"")
    assert cast("Administrator", both.administrators[1]).asked == 0


def test_a_deployment_that_salesforce_has_forgotten_is_over() -> None:
    found = preparing.watch(hands(NotFound("No such thing.")), "0Af")
    assert found is not None
    assert (found.done, found.success) == (True, False)


def test_nobody_knows_how_far_a_deployment_is_whom_salesforce_shows_none() -> None:
    assert preparing.watch(hands(Refused("No."), Refused("No.")), "0Af") is None
