"""The wizard's first step: who can be found, who can be chosen, and what is said when it cannot be."""

from dataclasses import replace

import pytest

from connector.errors import LimitReached, NotFound, Refused, Temporary
from connector.model.audience import SourceKind
from tests.webapp.conftest import House
from tests.webapp.vendors import BOSTON, DINNER, DONORS, GALA, JOINED
from tests.webapp.wizarding import BY_HAND, CAMPAIGN, RULES, Wizard, build, settled, wizard_of
from webapp.wizard.forms import source as form
from webapp.wizard.forms.reading import Form

QUERY = {"kind": "Query", "panel": "Query"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> House:
    return build(tmp_path_factory.mktemp("house"))


@pytest.fixture
def wizard(shared: House) -> Wizard:
    return wizard_of(settled(shared))


def offered(wizard: Wizard) -> list[str]:
    return [e.attributes["value"] for e in wizard.frame.page.find("input[name='choice']")]


def test_searching_finds_sources_of_the_kind_by_their_name(wizard: Wizard) -> None:
    assert offered(wizard) == [f":{GALA.id}", f":{DINNER.id}"]
    found = wizard.part("source/search", kind="Campaign", panel="Campaign", text="gala")
    assert "Spring Gala Event, 1,204 members" in found
    assert "Winter Dinner" not in found
    assert [e.text for e in wizard.frame.page.find("#found")] == ["Found: 1"]
    nothing = wizard.part("source/search", kind="Campaign", panel="Campaign", text="<b>")
    assert "No Campaigns have “<b>” in their name." in nothing
    assert wizard.salesforce.asked.count("closed") == len([1 for what in wizard.salesforce.asked if what != "closed"])


def test_each_kind_shows_its_own_search_and_keeps_its_own_choice(wizard: Wizard) -> None:
    wizard.part("source/search", **CAMPAIGN, text="gala")
    reports = wizard.part("source/panel", kind="Report", panel="Campaign", choice=f":{GALA.id}", text="gala")
    assert "Donors by state" in reports
    wizard.part("source/panel", kind="List view", panel="Report", choice=f":{DONORS.id}", text="")
    wizard.part("source/panel", kind="Query", panel="List view", choice=f"Contact:{BOSTON.id}", text="")
    wizard.part("source/panel", kind="Campaign", panel="Query", soql="SELECT Id FROM Lead")
    wizard.go("source")
    assert wizard.ticked("choice") == [f":{GALA.id}"]
    assert wizard.value("text") == "gala"
    assert "SELECT Id FROM Lead" in wizard.part("source/panel", kind="Query", panel="Campaign")
    wizard.part("source/panel", kind="Report", panel="Query")
    assert wizard.ticked("choice") == [f":{DONORS.id}"]


def test_what_was_used_before_comes_first(wizard: Wizard) -> None:
    wizard.post("source", **{**CAMPAIGN, "choice": f":{DINNER.id}"})
    wizard.post("group", which="existing", group="11")
    wizard.post("fields")
    wizard.read()
    wizard.post("preview", **RULES)
    wizard.post("when", **BY_HAND)
    wizard.begin()
    assert offered(wizard) == [f":{DINNER.id}", f":{GALA.id}"]
    assert "Winter Dinner Event, 12 members, recently used" in wizard.text
    found = wizard.part("source/search", kind="Campaign", panel="Campaign", text="gala")
    assert "Winter Dinner" not in found


def test_a_source_that_cannot_be_used_is_shown_with_the_reason_and_cannot_be_chosen(wizard: Wizard) -> None:
    shown = wizard.part("source/panel", kind="Report", panel="Campaign")
    assert "Donors and events Cannot be chosen: This is a joined report." in shown
    assert offered(wizard) == [f":{DONORS.id}"]
    wizard.post("source", kind="Report", panel="Report", choice=f":{JOINED.id}")
    assert (wizard.frame.status, wizard.step) == (422, "source")
    assert "“Donors and events” cannot be used. This is a joined report." in wizard.described("choice")


def test_nothing_is_lost_while_salesforce_is_away(wizard: Wizard) -> None:
    wizard.part("source/statuses", **CAMPAIGN)
    wizard.salesforce.error = Temporary("Salesforce did not answer.", advice="Try again in a minute.")
    wizard.post("source", **CAMPAIGN)
    assert (wizard.frame.status, wizard.step) == (422, "source")
    assert "Salesforce did not answer. Try again in a minute. What you entered is still here." in wizard.text
    assert wizard.ticked("choice") == [f":{GALA.id}"]
    assert "Salesforce did not answer." in wizard.part("source/search", **CAMPAIGN, text="g")
    asked = len(wizard.salesforce.asked)
    wizard.go("source")
    assert wizard.salesforce.asked[asked:] == [f"source {GALA.id}", "closed"]
    wizard.salesforce.error = None
    wizard.post("source", **CAMPAIGN)
    assert wizard.step == "group"


def test_a_source_deleted_meanwhile_says_so_by_its_name(wizard: Wizard) -> None:
    wizard.post("source", **CAMPAIGN)
    wizard.salesforce.sources.remove(GALA)
    wizard.go("source")
    assert "“Spring Gala” was deleted in Salesforce, or is hidden" in wizard.text
    assert wizard.ticked("choice") == [f":{GALA.id}"]
    wizard.post("source")
    assert "“Spring Gala” was deleted in Salesforce" in wizard.described("choice")


def test_a_name_that_looks_like_markup_is_only_words(wizard: Wizard) -> None:
    name = "<script>alert(1)</script>\"'{{ 7 * 7 }}"
    wizard.salesforce.sources[0] = replace(GALA, name=name, detail=name)
    wizard.salesforce.statuses = [name]
    wizard.realmagnet.found[11] = name
    wizard.part("source/statuses", **CAMPAIGN)
    assert wizard.ticked("statuses") == [name]
    wizard.post("source", **CAMPAIGN)
    assert name in wizard.text
    wizard.post("group", which="existing", group="11")
    wizard.post("fields")
    wizard.read()
    wizard.post("preview", **RULES)
    assert wizard.value("name") == f"{name} → {name}"


def test_a_source_renamed_meanwhile_says_so_by_both_names(wizard: Wizard) -> None:
    wizard.post("source", **CAMPAIGN)
    wizard.salesforce.sources[0] = replace(GALA, name="Autumn Gala")
    wizard.go("source")
    assert "“Spring Gala” is now called “Autumn Gala”." in wizard.text
    assert "Autumn Gala Event, 1,204 members, chosen before" in wizard.part("source/panel", **CAMPAIGN, text="winter")
    wizard.post("source")
    assert wizard.job.entries["source"]["chosen"]["Campaign"]["name"] == "Autumn Gala"


def test_all_statuses_count_unless_some_are_taken_out(wizard: Wizard) -> None:
    wizard.part("source/statuses", **CAMPAIGN)
    assert "Members of “Spring Gala” with the status" in wizard.text
    assert wizard.ticked("statuses") == ["Sent", "Responded"]
    shown = {**CAMPAIGN, "statuses_of": GALA.id, "offered": ["Sent", "Responded"]}

    def entered(ticked: list[str]) -> object:
        wizard.post("source", **shown, statuses=ticked)
        return wizard.job.entries["source"]["chosen"]["Campaign"]["statuses"]

    assert entered(["Sent", "Responded"]) is None
    assert entered(["Responded"]) == ["Responded"]
    wizard.go("source")
    assert wizard.ticked("statuses") == ["Responded"]
    assert entered([]) == []
    assert (wizard.frame.status, wizard.step) == (422, "source")
    assert form.NO_STATUS in wizard.described("statuses")


def test_statuses_belong_to_the_campaign_they_were_shown_for() -> None:
    entered = {"choice": [f":{DINNER.id}"], "statuses_of": [GALA.id], "offered": ["Sent", "Came"], "statuses": ["Sent"]}
    found = form.source(form.typed(Form({"kind": ["Campaign"], **entered}), {})).value
    assert found is not None
    assert (found.id, found.statuses) == (DINNER.id, ())


@pytest.mark.parametrize(
    ("soql", "words"),
    [
        ("", form.NO_QUERY),
        ("SELECT Id FROM Account", "not FROM Account"),
        ("SELECT COUNT() FROM Contact", "each row must be one person"),
        ("DELETE FROM Contact", "A query begins with SELECT."),
    ],
)
def test_a_query_that_cannot_be_an_audience_says_why_before_salesforce_is_asked(
    wizard: Wizard, soql: str, words: str
) -> None:
    asked = len(wizard.salesforce.asked)
    assert words in wizard.part("source/query", **QUERY, soql=soql)
    assert len(wizard.salesforce.asked) == asked
    wizard.post("source", **QUERY, soql=soql)
    assert wizard.frame.status == 422
    assert words in wizard.described("soql")
    assert next(e for e in wizard.frame.page.elements if e.name == "textarea").text == soql


def test_a_query_that_takes_the_first_rows_is_counted_without_its_order(wizard: Wizard) -> None:
    """Salesforce refuses ORDER BY beside COUNT()."""
    shown = wizard.part("source/query", **QUERY, soql="SELECT Id FROM Contact ORDER BY CreatedDate LIMIT 50")
    assert "SELECT COUNT() FROM Contact LIMIT 50" in wizard.salesforce.asked
    assert "takes this query: 50 rows." in shown


def test_a_query_shows_how_many_rows_it_has_and_what_salesforce_says_of_it(wizard: Wizard) -> None:
    soql = "SELECT Id, Name FROM Contact WHERE MailingCity = 'Boston' ORDER BY Name"
    assert "takes this query: 1,204 rows." in wizard.part("source/query", **QUERY, soql=soql)
    assert "SELECT COUNT() FROM Contact WHERE MailingCity = 'Boston'" in wizard.salesforce.asked
    wizard.salesforce.query_error = Refused("No such column 'MailingCty'.", code="INVALID_FIELD")
    wizard.post("source", **QUERY, soql=soql)
    assert "Salesforce says: No such column 'MailingCty'." in wizard.described("soql")
    assert "takes this query" not in wizard.text
    wizard.salesforce.query_error = LimitReached("Salesforce's calls of today are used up.", code="X")
    wizard.post("source", **QUERY, soql=soql)
    assert "calls of today are used up" in wizard.text
    assert not [e for e in wizard.frame.page.elements if e.attributes.get("aria-invalid")]


def test_a_campaign_that_is_gone_shows_no_statuses_and_no_error_page(wizard: Wizard) -> None:
    wizard.salesforce.error = NotFound("It is deleted.")
    assert wizard.part("source/statuses", **CAMPAIGN) == ""


@pytest.mark.parametrize(
    "entered",
    [
        {},
        {"kind": ["Campaign"]},
        {"kind": ["Nonsense"], "panel": ["Worse"], "choice": ["a:b:c"]},
        {"kind": ["Report"], "choice": [":00O'; --"]},
        {"kind": ["List view"], "choice": [f"Account:{BOSTON.id}"]},
    ],
)
def test_what_names_no_source_is_not_taken_for_one(entered: dict[str, list[str]]) -> None:
    read = form.source(form.typed(Form(entered), {}))
    assert read.value is None
    assert list(read.problems) == ["choice"]


def test_every_kind_of_source_has_its_words() -> None:
    for kind in SourceKind:
        problems = form.source({"kind": str(kind)}).problems
        assert len(problems) == 1
        assert form.kind_of(kind) is kind
