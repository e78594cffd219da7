"""Why? over 200 pairs of a recipient and a message, against a judge that reads both vendors' files and plain SQL."""

import random
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest
import stamina

from connector import clock
from connector.model.scope import Scope
from connector.store import why
from connector.store.why import Pair
from sandbox.realmagnet.account import HOUR
from sandbox.salesforce.lifecycle import convert, merge
from sandbox.salesforce.org import Org
from tests.connector.activity.deleting_story import delete
from tests.connector.activity.serving import small_world
from tests.connector.activity.world import World
from tests.stores import empty_store
from tools import independent
from webapp.why.views import steps

PEOPLE, KINDS = 40, 8
RULES = {"Sent": "placed", "Opened": "placed", "Clicked": "live", "Fax Sent": "off"}
LISTS = ("Real_Magnet_Activity__c", "MagnetMail_Email_Tracking__c")


@dataclass
class Story:
    """The world after its night and one deletion; `who` is recipient → the person that it is, by its making."""

    world: World
    messages: list[int]
    who: dict[int, str]
    outside: int
    taken_out: int
    deletion: int


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("why")
    with (
        pytest.MonkeyPatch.context() as patch,
        stamina.set_testing(testing=True, attempts=4),
        small_world(folder, empty_store(folder / "ours.db"), Org(folder / "salesforce")) as world,
    ):
        patch.setattr(clock, "now", lambda: clock.from_milliseconds(world.now))
        yield _told(world)


def _told(world: World) -> Story:
    world.sql("UPDATE kind_choices SET mode = 'Summary and History' WHERE org_id = :org AND activity_group = 'Sent'")
    world.sql("UPDATE kind_choices SET mode = 'Live' WHERE org_id = :org AND activity_group = 'Clicked'")
    world.sql("UPDATE kind_choices SET selected = false WHERE org_id = :org AND activity_group = 'Fax Sent'")
    messages = [world.message(f"Message {n}", urls=("http://example.org/",)) for n in range(3)]
    messages.append(world.message("Old", hours_ago=24 * 200, urls=("http://example.org/",)))
    messages.append(world.message("Taken out", urls=("http://example.org/",)))
    who: dict[int, str] = {}
    refused: list[str] = []
    for number in range(PEOPLE):
        recipient, person = _one(world, number)
        who[recipient] = person
        if number % KINDS == 6:
            refused.append(person.split()[1])
    chance = random.Random(6)
    for message in messages:
        for recipient in who:
            _happened(world, message, recipient, chance, 24 * 199 if message == messages[3] else 20)
    world.night(lambda point: world.delete(*refused) if point == "decided" else None)
    deletion = delete(world, Scope(message_id=messages[4]))
    return Story(world, messages, who, messages[3], messages[4], deletion)


def _one(world: World, number: int) -> tuple[int, str]:
    """A recipient of one of eight sorts, and whom it is: nobody, deleted, or a person's id with how it is known."""
    email = f"p{number}@example.org"
    sort = number % KINDS
    if sort == 1:
        person = world.person(f"other{number}@example.org")
        return world.recipient(email, person[:15]), f"id {person}"
    if sort == 2:
        return world.recipient(email), "nobody"
    if sort == 4:
        living, gone = world.person(""), world.person("")
        merge(world.org, living, gone)
        return world.recipient(email, gone), f"id {living}"
    if sort == 5:
        gone = world.person("")
        world.delete(gone)
        return world.recipient(email, gone), "deleted"
    if sort == 7:
        lead = world.person("", "Lead")
        return world.recipient(email, lead), f"id {convert(world.org, lead)}"
    if sort == 3:
        world.person(email, "Lead")
    person = world.person(email)
    return world.recipient(email), f"address {person}"


def _happened(world: World, message: int, who: int, chance: random.Random, hours: int) -> None:
    if chance.random() < 0.15:
        return
    at = world.now - hours * HOUR
    world.send(message, who, at)
    for number in range(chance.randrange(3)):
        world.open(message, who, at + HOUR + number)
    if chance.random() < 0.4:
        world.click(message, who, at + HOUR)
    if chance.random() < 0.3:
        world.fax(message, who, at)


def _reported(story: Story) -> dict[tuple[int, int], Counter[str]]:
    """(recipient, message) → activity group → how often, from Real Magnet's own file."""
    found: dict[tuple[int, int], Counter[str]] = {}
    with closing(independent.read_only(story.world.folder / "realmagnet" / "realmagnet.sqlite3")) as account:
        for message, kind, who in account.execute("SELECT message_id, kind, recipient_id FROM event"):
            if kind in independent.GROUPS and message != story.outside:
                found.setdefault((who, message), Counter())[independent.GROUPS[kind]] += 1
    return found


def _standing(story: Story) -> set[str]:
    """The ids of every row of a person in Salesforce's own file."""
    with closing(independent.read_only(story.world.folder / "salesforce" / "org.db")) as org:
        return {str(i) for name in LISTS for (i,) in org.execute(f"SELECT Id FROM {name} WHERE IsDeleted = 0")}  # noqa: S608  # ours


def _rows(story: Story, who: int, message: int) -> list[tuple[str, str, str]]:
    """Key, state, and Salesforce's id or code, by plain SQL."""
    found = story.world.sql(
        "SELECT external_key, state, CASE state WHEN 'written' THEN salesforce_id WHEN 'deleted' THEN "
        "CAST(deletion_id AS TEXT) ELSE code END FROM placements WHERE message_id = :message AND person_id <> '' AND "
        "(recipient_id = :who OR fact_key IN (SELECT key FROM facts WHERE recipient_id = :who)) ORDER BY 1, 2, 3",
        message=message,
        who=who,
    )
    return [(str(key), str(state), str(end or 0)) for key, state, end in found]


def _decisions(story: Story, who: int, message: int, groups: Counter[str]) -> set[str]:
    stranger = story.who[who] in {"nobody", "deleted"}
    made = {g: "unmatched" if stranger and RULES[g] != "off" else RULES[g] for g in groups}
    if message == story.taken_out:
        made = {g: f"deletion {story.deletion}" if made[g] == "placed" else made[g] for g in made}
    return {f"{group} {decision}" for group, decision in made.items()}


def test_the_answer_for_200_pairs_is_what_an_independent_reading_gives(story: Story) -> None:
    reported, standing = _reported(story), _standing(story)
    seen: Counter[str] = Counter()
    said: set[str] = set()
    with story.world.services.database.read() as connection:
        pairs = [(who, message) for who in story.who for message in story.messages]
        cases = {p: why.case(connection, Pair(story.world.org_id, p[1], "", p[0]), 90) for p in pairs}
    assert len(pairs) == 200
    for (who, message), case in cases.items():
        found = {step.stage.value: [line.answer for line in step.lines] for step in steps(case, "")}
        groups = reported.get((who, message), Counter())
        if not groups:
            assert found["Received"] in (["message unknown"], ["not reported"], ["no recipient"]), (who, message)
            assert message != story.outside or found["Received"] == ["message unknown"]
            assert (found["Decided"], found["Written"]) == (["nothing"], ["nothing"])
            seen["nothing"] += 1
            continue
        counted = {m[1]: int(m[2]) for one in found["Received"] if (m := re.fullmatch(r"([^/]+)/.+ (\d+)", one))}
        assert counted == groups
        assert found["Matched"] == [story.who[who]]
        assert set(found["Decided"]) == _decisions(story, who, message, groups)
        rows = _rows(story, who, message)
        assert sorted(found["Written"]) == (sorted(" ".join(row) for row in rows) or ["nothing"])
        said |= {end for _key, state, end in rows if state == "written"}
        seen.update(state for _key, state, _end in rows)
    assert said == standing
    assert all(seen[state] for state in ("nothing", "written", "rejected", "deleted")), seen
