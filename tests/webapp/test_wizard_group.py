"""The wizard's second step: a group that exists or a new one, and what happens to the people in it."""

import pytest

from connector.errors import CredentialsRefused, Temporary
from connector.model.runs import Trigger, upload_of
from connector.model.uploads import How, Target
from connector.store import claims
from connector.store.claims import Asked
from tests.webapp.conftest import House
from tests.webapp.wizarding import NEWSLETTER, Wizard, build, settled, wizard_of
from webapp.wizard.forms import group as form
from webapp.wizard.forms.reading import Form

NEW = {"which": "new", "panel": "new"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> House:
    return build(tmp_path_factory.mktemp("house"))


@pytest.fixture
def wizard(shared: House) -> Wizard:
    return wizard_of(settled(shared)).to_group()


def test_groups_are_found_by_name_and_say_how_many_are_in_them(wizard: Wizard) -> None:
    assert "Newsletter 1,204 members" in wizard.text
    assert "Members 1 member" in wizard.text
    found = wizard.part("group/search", which="existing", panel="existing", text="NEWS")
    assert "Newsletter" in found
    assert "Board" not in found
    assert "No group has “zzz” in its name." in wizard.part("group/search", which="existing", text="zzz")


def test_a_chosen_group_stays_in_sight_whatever_is_searched(wizard: Wizard) -> None:
    wizard.part("group/search", which="existing", group="11", text="board")
    assert wizard.ticked("group") == ["11"]


def test_only_some_of_many_groups_are_shown_and_namesakes_are_told_apart(wizard: Wizard) -> None:
    wizard.realmagnet.found = {number: f"Chapter {number % 29:02}" for number in range(1, 31)}
    found = wizard.part("group/search", which="existing", text="chapter")
    assert found.count("Chapter") == 20
    assert "10 more." in found
    assert "number 1" in found
    assert "number 30" in found
    assert "number 2 " not in found


def test_what_add_and_replace_do_is_said_with_the_groups_name_and_number(wizard: Wizard) -> None:
    words = wizard.part("group/how", which="existing", panel="existing", group="11")
    assert "The 1,204 people who are in “Newsletter” now and not in this audience leave the group." in words
    assert "They stay recipients in Real Magnet, with their history." in words
    assert "Everybody who is in “Newsletter” now stays in it" in words
    assert "Also people who opt out in Salesforce after an earlier upload stay in the group" in words
    assert "“Replace the members” takes them out. Who unsubscribed in Real Magnet gets nothing either way." in words
    assert wizard.ticked("how") == ["Add"]
    assert "Recommended by Real Magnet for a repeating job." in words


def test_a_group_that_a_run_fills_is_marked(wizard: Wizard) -> None:
    with wizard.house.database.write() as connection:
        claims.claim(connection, 1, Asked(Trigger.RUN_NOW), upload_of(99, 12))
    assert "Members 1 member, Refreshing" in wizard.part("group/search", which="existing", text="")


@pytest.mark.parametrize(
    ("entered", "field", "words"),
    [
        ({"which": "existing"}, "group", form.NO_GROUP),
        ({"which": "existing", "group": "77"}, "group", "was deleted in Real Magnet"),
        ({"which": "existing", "group": "eleven"}, "group", form.NO_GROUP),
        ({**NEW, "new_name": "  "}, "new_name", form.NO_NAME),
        ({**NEW, "new_name": "x" * 51}, "new_name", form.LONG_NAME),
        ({**NEW, "new_name": "newsLETTER "}, "new_name", "A group named “Newsletter” exists already."),
    ],
)
def test_a_mistake_is_told_beside_its_field(wizard: Wizard, entered: dict[str, str], field: str, words: str) -> None:
    wizard.post("group", **entered)
    assert (wizard.frame.status, wizard.step) == (422, "group")
    assert words in wizard.described(field)
    assert field != "new_name" or wizard.value("new_name") == entered["new_name"]


def test_a_group_deleted_or_renamed_meanwhile_says_so_by_name(wizard: Wizard) -> None:
    wizard.post("group", **NEWSLETTER)
    wizard.realmagnet.found[11] = "Weekly news"
    wizard.go("group")
    assert "“Newsletter” is now called “Weekly news”." in wizard.text
    del wizard.realmagnet.found[11]
    wizard.go("group")
    assert "“Newsletter” was deleted in Real Magnet." in wizard.text
    wizard.post("group")
    assert "“Newsletter” was deleted in Real Magnet." in wizard.described("group")


@pytest.mark.parametrize(
    "error", [Temporary("Real Magnet did not answer."), CredentialsRefused("Real Magnet is not connected.")]
)
def test_nothing_is_lost_while_real_magnet_is_away(wizard: Wizard, error: Exception) -> None:
    wizard.realmagnet.error = error  # type: ignore[assignment]  # one of ours
    for entered in (NEWSLETTER, {**NEW, "new_name": "Gala guests"}):
        wizard.post("group", **entered)
        assert (wizard.frame.status, wizard.step) == (422, "group")
        assert str(error) in wizard.text
    assert wizard.value("new_name") == "Gala guests"
    wizard.realmagnet.error = None
    wizard.post("group")
    assert wizard.step == "fields"


def test_both_ways_keep_their_own_choice() -> None:
    entries = form.typed(Form({"which": ["existing"], "group": ["11"], "how": ["Replace"]}), {})
    entries = form.typed(Form({"which": ["new"], "panel": ["existing"], "how": ["Replace"]}), entries)
    entries = form.typed(Form({"which": ["new"], "panel": ["new"], "new_name": ["Guests"], "how": ["Add"]}), entries)
    assert form.target(entries).value == Target(0, "Guests", How.ADD)
    entries = form.typed(Form({"which": ["existing"], "panel": ["new"], "how": ["Add"]}), entries)
    found = form.target(entries).value
    assert found is not None
    assert (found.group_id, found.how) == (11, How.REPLACE)


@pytest.mark.parametrize(("which", "how"), [("existing", How.ADD), ("new", How.REPLACE)])
def test_what_happens_to_members_unless_somebody_chooses(which: str, how: How) -> None:
    assert form.how({"which": which}) is how
