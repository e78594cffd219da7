"""Version 1 lists: each row equals a plain count over the facts, changes in place, and stands where it is wanted."""

from collections import Counter
from typing import Any

import pytest

from connector.activity.layouts import LAYOUTS
from connector.model.activity import Mode
from connector.model.lists import OBJECTS, SummaryList
from sandbox.realmagnet.account import HOUR
from sandbox.realmagnet.kinds import EmailStatus, Kind
from sandbox.salesforce.lifecycle import merge
from tests.connector.activity.crowd import furnish
from tests.connector.activity.test_stopping import At, CrashedError
from tests.connector.activity.world import World

EMAIL = OBJECTS[SummaryList.EMAIL_TRACKING]
LINK = OBJECTS[SummaryList.LINK_TRACKING]
FAX = OBJECTS[SummaryList.FAX_TRACKING]
MESSAGE = OBJECTS[SummaryList.MESSAGES]
LINKS = OBJECTS[SummaryList.LINKS]
BOUNCES = "'Soft Bounce','Hard Bounce','User Not Found','Mailbox Full','Bad Domain','Temporarily Unavailable'"


def keep(world: World, mode: Mode, *groups: str) -> None:
    """Keep these groups, or all of them, in a mode; the others stay as they are."""
    for group in groups:
        world.sql(
            "UPDATE kind_choices SET mode = :mode WHERE org_id = :org AND activity_group = :g", mode=mode, g=group
        )
    if not groups:
        world.sql("UPDATE kind_choices SET mode = :mode WHERE org_id = :org", mode=mode)


def by(rows: list[dict[str, Any]], *names: str) -> Counter[tuple[Any, ...]]:
    return Counter(tuple(row[name] for name in names) for row in rows)


def facts(world: World, what: str, joins: str = "", where: str = "1 = 1") -> list[tuple[Any, ...]]:
    """Facts of people we know, one by one."""
    return world.sql(
        f"SELECT {what} FROM facts f JOIN matches m ON m.org_id = f.org_id AND m.recipient_id = f.recipient_id "  # noqa: S608  # ours
        f"{joins} WHERE f.org_id = :org AND {where}"
    )


def check_people(world: World) -> None:
    """Every list of people, beside a naive count over the facts."""
    sends, opens = Counter[tuple[Any, ...]](), Counter[tuple[Any, ...]]()
    where = "f.activity_group IN ('Sent', 'Opened')"
    for message, who, person, group in facts(
        world, "f.message_id, f.recipient_id, m.person_id, f.activity_group", where=where
    ):
        (sends if group == "Sent" else opens)[message, who, person] += 1
    told = Counter(
        (r["Message_Id__c"], r["Contact__c"] or r["Lead__c"], int(r["Sent_Count__c"]), int(r["Opened_Count__c"]))
        for r in world.rows(EMAIL)
    )
    assert told == Counter((str(k[0]), k[2], sends[k], opens[k]) for k in sends | opens)
    clicks = Counter(
        facts(world, "f.message_id, f.recipient_id, m.person_id, f.link_id", where="f.activity_group = 'Clicked'")
    )
    told = Counter((r["Message_Id__c"], r["Contact__c"] or r["Lead__c"], int(r["Clicks__c"])) for r in world.rows(LINK))
    assert told == Counter((str(key[0]), key[2], times) for key, times in clicks.items())
    faxes = Counter(facts(world, "f.message_id, f.recipient_id, m.person_id", where="f.activity_group = 'Fax Sent'"))
    told = Counter(
        (r["Message_Id__c"], r["Contact__c"] or r["Lead__c"], int(r["Sent_Count__c"])) for r in world.rows(FAX)
    )
    assert told == Counter((str(key[0]), key[2], times) for key, times in faxes.items())


def check_aggregates(world: World) -> None:
    """Messages and links, over everybody."""
    counted = world.sql(f"""
        SELECT CAST(message_id AS TEXT), sum(CASE WHEN activity_group = 'Sent' THEN 1 ELSE 0 END),
               sum(CASE WHEN activity_group = 'Sent' AND activity IN ({BOUNCES}) THEN 1 ELSE 0 END),
               count(DISTINCT CASE WHEN activity_group = 'Opened' THEN recipient_id END),
               sum(CASE WHEN activity_group = 'Clicked' THEN 1 ELSE 0 END),
               count(DISTINCT CASE WHEN activity_group = 'Clicked' THEN recipient_id END),
               sum(CASE WHEN activity_group = 'Fax Sent' THEN 1 ELSE 0 END)
        FROM facts WHERE org_id = :org AND message_id <> 0 GROUP BY message_id
    """)  # noqa: S608  # ours
    names = ("Emails__c", "Bounced__c", "Opened_People__c", "Links_Clicked__c", "Clicked_People__c", "Fax_Sent__c")
    assert by(world.rows(MESSAGE), "Message_Id__c", *names) == Counter(
        (str(message), *map(int, sums)) for message, *sums in counted
    )
    links = world.sql("""
        SELECT CAST(f.message_id AS TEXT), l.url, count(*), count(DISTINCT f.recipient_id)
        FROM facts f JOIN links l ON l.id = f.link_id WHERE f.org_id = :org GROUP BY f.message_id, l.url
    """)
    assert by(world.rows(LINKS), "Message_Id__c", "Link_URL__c", "Clicks__c", "People__c") == Counter(links)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"{request.param}_url"))


class TestTheLists:
    def test_each_row_equals_a_count_over_the_facts_and_the_books_close_day_after_day(self, world: World) -> None:
        keep(world, Mode.BOTH)
        furnish(world)
        for _ in range(2):
            done = world.night()
            check_people(world)
            check_aggregates(world)
            assert world.standing() == world.naive().by_group()
            assert done.closes
            assert done.clean
            world.later(20)
        ids = {row["Message_Id__c"]: row["Id"] for row in world.rows(MESSAGE)}
        links = {row["Id"]: row for row in world.rows(LINKS)}
        assert all(row["Message__c"] == ids[row["Message_Id__c"]] for row in world.rows(EMAIL) + list(links.values()))
        assert all(links[row["Link__c"]]["Message_Id__c"] == row["Message_Id__c"] for row in world.rows(LINK))
        assert world.sql("SELECT count(*) FROM messages WHERE stale") == [(0,)]
        days = world.sql("SELECT sum(count) FROM daily_figures UNION SELECT count(*) FROM facts")
        assert len(days) == 1


def one_mail(world: World) -> tuple[int, int, str]:
    person = world.person("ada@example.org")
    message, who = world.message(), world.recipient("ada@example.org", person)
    world.send(message, who, world.now - 5 * HOUR, EmailStatus.Delivered)
    world.open(message, who, world.now - 3 * HOUR)
    return message, who, person


class TestInPlace:
    def test_a_late_open_changes_its_row_and_its_message_and_a_quiet_night_nothing(self, world: World) -> None:
        keep(world, Mode.SUMMARY)
        message, who, person = one_mail(world)
        assert world.night().of("Written") == {"MagnetMail Email Tracking": 1, "MagnetMail Messages": 1}
        (before,) = world.rows(EMAIL)
        assert (before["Contact__c"], before["Status__c"], before["Bounced__c"]) == (person, "Delivered", None)
        assert before["Delivered__c"] == before["First_Sent__c"]
        world.open(message, who, world.now - HOUR)
        assert world.night().closes
        (after,) = world.rows(EMAIL)
        assert (after["Id"], before["Opened_Count__c"], after["Opened_Count__c"]) == (before["Id"], 1, 2)
        assert after["First_Opened__c"] == before["First_Opened__c"] < after["Last_Opened__c"]
        assert [row["Opened_Total__c"] for row in world.rows(MESSAGE)] == [2]
        assert world.rows() == []
        assert world.night().of("Written") == {}

    def test_a_merge_re_points_the_row(self, world: World) -> None:
        keep(world, Mode.BOTH)
        _message, _who, person = one_mail(world)
        world.night()
        (before,) = world.rows(EMAIL)
        heir = world.person("heir@example.org")
        merge(world.org, heir, person)
        assert world.night().closes
        (after,) = world.rows(EMAIL)
        assert (after["Id"], after["Contact__c"]) == (before["Id"], heir)

    def test_a_bounce_is_told_with_its_reason(self, world: World) -> None:
        keep(world, Mode.SUMMARY)
        message, who, _person = one_mail(world)
        world.send(message, who, world.now - HOUR, EmailStatus.HB)
        world.night()
        (row,) = world.rows(EMAIL)
        assert (row["Sent_Count__c"], row["Status__c"]) == (2, "Hard Bounce")
        assert row["Bounce_Reason__c"].startswith("Hard Bounce")
        assert row["Bounced__c"] == row["Last_Sent__c"] > row["Delivered__c"]

    def test_a_message_with_another_name_is_told_again(self, world: World) -> None:
        keep(world, Mode.SUMMARY)
        one_mail(world)
        world.night()
        world.sql("UPDATE messages SET name = 'As it was called before'")
        world.sql("UPDATE placements SET content_hash = 'before'")
        assert world.night().of("Written") == {"MagnetMail Messages": 1}


class TestModes:
    def test_only_opened_in_summary_sums_only_opened(self, world: World) -> None:
        keep(world, Mode.LIVE)
        keep(world, Mode.SUMMARY, "Opened")
        one_mail(world)
        assert world.night().closes
        (row,) = world.rows(EMAIL)
        assert (row["Opened_Count__c"], row["Sent_Count__c"], row["Status__c"]) == (1, 0, None)
        assert [int(r["Emails__c"]) for r in world.rows(MESSAGE)] == [1]
        assert world.sql("SELECT activity_group, decision FROM facts ORDER BY 1") == [
            ("Opened", "placed"),
            ("Sent", "live"),
        ]

    def test_a_list_that_is_no_longer_wanted_stays_and_does_not_stop_the_night(self, world: World) -> None:
        keep(world, Mode.SUMMARY)
        one_mail(world)
        world.night()
        keep(world, Mode.LIVE)
        world.sql("UPDATE placements SET state = 'to write' WHERE object = :name", name=EMAIL)
        done = world.night()
        assert done.closes
        assert len(world.rows(EMAIL)) == 1

    def test_everybody_with_the_address_gets_a_row(self, world: World) -> None:
        keep(world, Mode.BOTH)
        world.sql("UPDATE nights SET same_address = 'all'")
        _message, _who, person = one_mail(world)
        other = world.person("ada@example.org", "Lead")
        assert world.night().closes
        assert {row["Contact__c"] or row["Lead__c"] for row in world.rows(EMAIL)} == {person, other}

    def test_a_row_that_was_deleted_by_hand_stays_out_and_its_facts_say_so(self, world: World) -> None:
        keep(world, Mode.BOTH)
        message, who, _person = one_mail(world)
        world.night()
        world.sql("INSERT INTO scopes (id, org_id, digest, message_id) VALUES (1, :org, 'x', :m)", m=message)
        world.sql("INSERT INTO deletions (id, org_id, scope_id, tombstone, made_at) VALUES (1, :org, 1, true, 0)")
        for name in {str(row[0]) for row in world.sql("SELECT object FROM placements")}:
            world.delete(*(row["Id"] for row in world.rows(name)))
        world.sql("UPDATE placements SET state = 'deleted', deletion_id = 1, salesforce_id = NULL, content_hash = ''")
        world.sql("UPDATE facts SET decision = NULL")
        world.event(message, Kind.EMAIL_OPENED, who, world.now - HOUR)
        assert world.night().closes
        assert [world.rows(layout.object_name) for layout in LAYOUTS] == [[]] * len(LAYOUTS)
        assert world.sql("SELECT DISTINCT decision, reason FROM facts") == [("filtered", "deleted from Salesforce")]

    @pytest.mark.parametrize("point", ["collections answered", "row set committed"])
    def test_a_crash_between_lists_loses_nothing(self, world: World, point: str) -> None:
        keep(world, Mode.BOTH)
        one_mail(world)
        run_id = world.begin()
        with pytest.raises(CrashedError):
            world.work(run_id, At(point, CrashedError))
        assert world.work(run_id)
        check_people(world)
        check_aggregates(world)
        assert world.done(run_id).closes


def test_a_quiet_night_over_all_seven_lists_takes_few_calls(world: World) -> None:
    keep(world, Mode.BOTH)
    message, who = world.message(urls=("https://example.org/a",)), world.recipient("one@example.org")
    fax = world.message(fax=True)
    world.person("one@example.org")
    world.send(message, who, world.now - HOUR)
    world.open(message, who, world.now - HOUR)
    world.click(message, who, world.now - HOUR)
    world.event(message, Kind.UNSUBSCRIBED, who, world.now - HOUR)
    world.fax(fax, who, world.now - HOUR)
    world.night()
    done = world.night()
    assert done.closes
    assert done.row["salesforce_calls"] <= 10


def test_rows_name_a_message_that_salesforce_took_only_later(world: World) -> None:
    keep(world, Mode.SUMMARY)
    message, who = world.message(), world.recipient("one@example.org")
    world.person("one@example.org")
    world.send(message, who, world.now - HOUR)
    world.night()
    world.delete(*(row["Id"] for row in world.rows(OBJECTS[SummaryList.MESSAGES])))
    world.sql(
        "UPDATE placements SET state = 'rejected', salesforce_id = NULL, content_hash = '', "
        "code = 'DUPLICATES_DETECTED' "
        "WHERE object = 'MagnetMail_Message__c'"
    )
    world.night()
    (mail,) = world.rows(OBJECTS[SummaryList.EMAIL_TRACKING])
    (told,) = world.rows(OBJECTS[SummaryList.MESSAGES])
    assert mail["Message__c"] == told["Id"]
