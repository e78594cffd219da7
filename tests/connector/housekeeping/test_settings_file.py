"""Settings as a file: out and in again is the same, what is shown is what is done, and no bad file gets anywhere."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from connector.errors import Refused
from connector.housekeeping import settings_changes, settings_check, settings_document, settings_import
from connector.housekeeping.settings_document import Document
from connector.housekeeping.settings_import import Meanwhile, Plan
from connector.model.activity import ACTIVITIES, COLLECTED
from connector.model.audience import Source, SourceKind
from connector.model.rights import Area, Level
from connector.model.storage import modes_of
from connector.model.uploads import DEFAULT_CONTACT, DEFAULT_LEAD, Definition, How, Target, Timetable
from connector.store import audit, orgs, rights, settings_history, upload_jobs, users
from connector.store.audit import Actor
from connector.store.database import Database
from connector.store.settings_history import Change
from connector.store.users import Identity
from tests.stores import empty_store
from webapp.wizard.forms.when import entered

ORG, OTHER = "00D000000000001EAA", "00D000000000002EAA"
CAMPAIGN = Source(SourceKind.CAMPAIGN, "701000000000001AAA", "Spring")
DEFINITION = Definition(CAMPAIGN, Target(4, "Spring", How.REPLACE), DEFAULT_CONTACT, DEFAULT_LEAD)


@dataclass
class Place:
    """An org with two users, an upload job and a webhook, beside another one."""

    database: Database
    org_id: int
    foreign_id: int
    actor: Actor
    foreign_job: int

    def read(self) -> Document:
        with self.database.read() as connection:
            return settings_document.read(connection, self.org_id)

    def plan(self, wanted: Document) -> Plan:
        with self.database.read() as connection:
            return settings_import.plan(connection, self.org_id, wanted)

    def apply(self, wanted: Document, seen: str = "") -> Plan:
        seen = seen or self.plan(wanted).digest
        with self.database.write() as connection:
            return settings_import.apply(connection, self.actor, wanted, seen, entered)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    database = Database(empty_store(tmp_path_factory.mktemp("settings") / "store.db"))
    with database.write() as connection:
        org_id, foreign_id = orgs.create(connection, ORG, "Example", ""), orgs.create(connection, OTHER, "Other", "")
        ada, _bo = (users.welcome(connection, org_id, Identity(f"00500000000000{n}AAA", n, "", "")) for n in "12")
        users.welcome(connection, foreign_id, Identity("005000000000003AAA", "Cy", "", ""))
        rights.give(connection, ada, {Area.SETTINGS: Level.FULL})
        job(connection, org_id)
        foreign_job = job(connection, foreign_id)
        connection.execute(
            text(
                "INSERT INTO notice_addresses (org_id, road, address, wants, secret, created_at) "
                "VALUES (:org, 'webhook', 'https://hooks.example.org/a', 'errors', 'sealed', 1)"
            ),
            {"org": org_id},
        )
    yield Place(database, org_id, foreign_id, Actor(org_id, ada), foreign_job)
    database.dispose()


def job(connection: Any, org_id: int) -> int:
    draft = upload_jobs.get(connection, org_id, upload_jobs.create_draft(connection, org_id, None))
    assert draft is not None
    return upload_jobs.save(connection, replace(draft, name="Spring"), DEFINITION, None)


TIMES = st.times().map(lambda at: f"{at:%H:%M}")
ZONES = st.sampled_from(("UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe"))
LEVELS = st.dictionaries(st.sampled_from([str(a) for a in Area]), st.sampled_from([str(v) for v in Level]), min_size=1)
COUNTS = st.none() | st.integers(1, 10**6)
LINES = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), max_size=60)
TIMETABLES = st.one_of(
    st.just(Timetable()),
    st.builds(
        lambda days, at, zone: Timetable(when="repeating", days=tuple(sorted(days)), local_time=at, zone=zone),  # type: ignore[arg-type]  # the word as a file has it
        st.sets(st.integers(0, 6), min_size=1),
        TIMES,
        ZONES,
    ),
)


@st.composite
def wanted_settings(draw: Callable[[Any], Any]) -> dict[str, Any]:
    """What somebody may write into a file, but for what only the store knows."""
    kinds = {
        str(group): {
            "selected": draw(st.booleans()),
            "mode": str(draw(st.sampled_from(modes_of(group)))),
            "keep_days": draw(st.none() | st.integers(1, 3650)),
            "off": sorted(draw(st.sets(st.sampled_from([one.label for one in ACTIVITIES if one.group == group])))),
        }
        for group in COLLECTED
    }
    defaults = {("everybody", ""): draw(LEVELS)} | draw(
        st.dictionaries(
            st.tuples(st.sampled_from(("profile", "permission set")), LINES.filter(bool)), LEVELS, max_size=3
        )
    )
    mails = draw(st.sets(st.sampled_from(["a@example.org", "b@example.org", "c+d@example.net"])))
    wants = st.sampled_from(settings_check.WANTS)
    return {
        "kinds": kinds,
        "night": {
            "enabled": draw(st.booleans()),
            "local_time": draw(TIMES),
            "zone": draw(ZONES),
            "same_address": draw(st.sampled_from(settings_check.SAME_ADDRESS)),
        },
        "budgets": {
            "calls_percent": draw(st.integers(1, 100)),
            "calls_most": draw(COUNTS),
            "consent_calls": draw(st.integers(0, 10**6)),
            "storage_percent": draw(st.integers(1, 100)),
            "storage_most_mb": draw(COUNTS),
        },
        "notices": {
            "report": draw(st.booleans()),
            "report_time": draw(TIMES),
            "fresh_hours": draw(st.integers(1, 720)),
            "addresses": [{"road": "mail", "address": one, "wants": draw(wants)} for one in sorted(mails)]
            + [{"road": "webhook", "address": "https://hooks.example.org/a", "wants": draw(wants)}],
        },
        "rights": {
            "defaults": [
                {"holder": holder, "name": name, "levels": levels}
                for (holder, name), levels in sorted(defaults.items())
            ],
            "users": [
                {"user": "005000000000001AAA", "levels": draw(LEVELS) | {"Settings": "Full"}},
                *({"user": "005000000000002AAA", "levels": levels} for levels in draw(st.lists(LEVELS, max_size=1))),
            ],
        },
        "job": {"name": draw(LINES), "active": draw(st.booleans()), "timetable": draw(TIMETABLES)},
    }


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chosen=wanted_settings())
def test_what_is_shown_is_what_is_done_and_out_and_in_again_is_the_same(place: Place, chosen: dict[str, Any]) -> None:
    before = place.read()
    changed = chosen.pop("job")
    definition = replace(DEFINITION, timetable=changed.pop("timetable"))
    one = {**before["upload_jobs"][0], **changed, "definition": json.loads(definition.to_json())}
    wanted, faults = settings_check.check(json.dumps({**before, **chosen, "upload_jobs": [one]}).encode(), ORG)
    assert faults == ()
    assert wanted is not None
    shown = place.plan(wanted)
    assert shown.cannot == []
    assert shown.after == wanted
    place.apply(wanted, shown.digest)
    assert place.read() == shown.after
    assert bool(shown.lines) == (before != shown.after)
    again, faults = settings_check.check(settings_document.canonical(place.read()).encode(), ORG)
    assert (again, faults) == (place.read(), ())
    assert place.plan(place.read()).lines == []


def put(path: str, value: object) -> Callable[[Document], Document]:
    def change(found: Document) -> Document:
        *parents, name = path.split(".")
        inside: Any = found
        for parent in parents:
            inside = inside[int(parent)] if parent.isdigit() else inside[parent]
        if value is ...:
            del inside[name]
        else:
            inside[name] = value
        return found

    return change


MAIL = {"road": "mail", "address": "a@example.org", "wants": "errors"}
BAD_PLACES = [
    ("format", "shopping-list", "another kind of file"),
    ("version", 2, "must be 1"),
    ("version", True, "must be 1"),
    ("organization", OTHER, "of another organization"),
    ("night", ..., "is missing"),
    ("night.colour", "red", "is nothing that is known here"),
    ("night.zone", "Mars/Olympus", "there is no time zone “Mars/Olympus”"),
    ("night.local_time", "25:00", "must be a time of day"),
    ("night.local_time", "2:00", "must be a time of day"),
    ("night.enabled", "yes", "must be true or false, not “yes”"),
    ("kinds.Telepathy", {"selected": True}, "is nothing that is known here"),
    ("kinds.Sent.mode", "Forever", "must be one of Live"),
    ("kinds.Fax Sent.keep_days", 0, "must be a whole number from 1"),
    ("budgets.calls_percent", 101, "must be a whole number from 1 to 100, not 101"),
    ("budgets.calls_most", 1.5, "must be a whole number"),
    ("budgets.calls_most", 10**30, "must be a whole number"),
    ("notices.addresses", "everybody", "must be a list"),
    ("notices.addresses", [{**MAIL, "address": "nobody"}], "is no e-mail address"),
    ("notices.addresses", [MAIL, MAIL], "is there twice"),
    ("rights.defaults", [{"holder": "everybody", "name": "x", "levels": {}}], "must be empty for everybody"),
    ("rights.users", [{"user": "005000000000001AAA", "levels": {"Cooking": "Full"}}], "is nothing that is known"),
    ("rights.users", [{"user": "005000000000001\x00AA", "levels": {}}], "must be one line of text"),
    ("upload_jobs.0.definition", {}, "is not whole"),
    ("upload_jobs.0.definition", None, "must be an object"),
    ("upload_jobs.0.id", 0, "must be a whole number"),
]


@pytest.mark.parametrize(("path", "value", "words"), BAD_PLACES)
def test_a_bad_part_is_refused_with_its_place_and_the_reason(
    place: Place, path: str, value: object, words: str
) -> None:
    raw = json.dumps(put(path, value)(place.read())).encode()
    document, faults = settings_check.check(raw, ORG)
    assert document is None
    assert any(fault.path.startswith(path.replace(".0", "[0]")) and words in fault.words for fault in faults), faults


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ({"when": "repeating", "days": [7], "local_time": "02:00", "zone": "UTC"}, "weekdays"),
        ({"when": "repeating", "days": [], "local_time": "02:00", "zone": "UTC"}, "at least one day"),
        ({"when": "repeating", "days": [1], "local_time": "two", "zone": "UTC"}, "time of day"),
        ({"when": "once", "days": [], "date": "tomorrow", "local_time": "02:00", "zone": "UTC"}, "YYYY-MM-DD"),
        ({"when": "once", "days": [], "date": 7, "local_time": "02:00", "zone": "UTC"}, "must be a timetable"),
    ],
)
def test_a_schedule_that_is_none_is_refused(place: Place, times: dict[str, Any], words: str) -> None:
    found = put("upload_jobs.0.definition.timetable", {"date": "", **times})(place.read())
    document, faults = settings_check.check(json.dumps(found).encode(), ORG)
    assert document is None
    assert words in " ".join(fault.words for fault in faults)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "not JSON"),
        (b"<html>", "not JSON: it breaks off or goes wrong in line 1"),
        (b'{"a":\n1', "line 2"),
        (b"\xff\xfe", "not JSON"),
        (b"[]", "no JSON object"),
        (b'{"version": NaN}', "not JSON"),
        (b'{"version": 1, "version": 1}', "stands twice"),
        (b'{"version": ' + b"9" * 5000 + b"}", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b" " * (settings_check.MOST_BYTES + 1), "larger than 1 MB"),
    ],
)
def test_a_file_that_is_no_settings_is_refused_with_the_reason(raw: bytes, words: str) -> None:
    document, faults = settings_check.check(raw, ORG)
    assert document is None
    assert words in faults[0].words


def test_what_a_file_cannot_do_is_said_and_left_as_it_is(place: Place) -> None:
    before = place.read()
    [known] = before["upload_jobs"]
    wanted = {
        **before,
        "notices": {
            **before["notices"],
            "addresses": [{"road": "webhook", "address": "https://hooks.example.org/new", "wants": "always"}],
        },
        "rights": {**before["rights"], "users": [*before["rights"]["users"], OF_ANOTHER]},
        "upload_jobs": [
            {**known, "name": "Renamed", "definition": {**known["definition"], "most_change": 99}},
            {**known, "id": place.foreign_job},
        ],
    }
    shown = place.plan(wanted)
    told = " ".join(f"{one.what}: {one.why}" for one in shown.cannot)
    for words in ("hooks.example.org/new", "its secret would be lost", "this Salesforce id", "none of this number"):
        assert words in told
    assert "both vendors are asked" in told
    place.apply(wanted, shown.digest)
    after = place.read()
    assert after == shown.after
    assert [one["name"] for one in after["upload_jobs"]] == ["Renamed"]
    assert after["upload_jobs"][0]["definition"]["most_change"] == known["definition"]["most_change"]
    with place.database.read() as connection:
        foreign = upload_jobs.get(connection, place.foreign_id, place.foreign_job)
        assert (
            connection.execute(text("SELECT secret FROM notice_addresses WHERE road = 'webhook'")).scalar() == "sealed"
        )
    assert foreign is not None
    assert foreign.name == "Spring"


OF_ANOTHER = {"user": "005000000000003AAA", "levels": {"Settings": "Full"}}


def test_nothing_is_done_when_a_setting_changed_meanwhile(place: Place) -> None:
    wanted = put("budgets.consent_calls", 777)(place.read())
    seen = place.plan(wanted).digest
    with place.database.write() as connection:
        connection.execute(text("UPDATE nights SET enabled = NOT enabled WHERE org_id = :org"), {"org": place.org_id})
    with pytest.raises(Meanwhile, match="Somebody changed"):
        place.apply(wanted, seen)
    assert place.read()["budgets"]["consent_calls"] != 777


def test_nobody_takes_the_settings_from_himself_and_nothing_of_such_a_file_is_done(place: Place) -> None:
    before = place.read()
    wanted = put("budgets.consent_calls", 778)({**place.read(), "rights": {"defaults": [], "users": []}})
    with pytest.raises(Refused, match="from yourself"):
        place.apply(wanted)
    assert place.read() == before


def test_what_was_applied_is_in_the_audit_log_line_by_line(place: Place) -> None:
    place.apply(put("budgets.consent_calls", 41)(place.read()))
    place.apply(put("budgets.consent_calls", 42)(place.read()))
    with place.database.read() as connection:
        entry = audit.entries(connection, place.org_id, 1)[0]
    name = "Budgets, API calls: kept for opt-outs"
    assert entry["action"] == settings_import.IMPORTED
    assert (json.loads(entry["before"]), json.loads(entry["after"])) == ({name: "41"}, {name: "42"})


def test_every_state_is_kept_once_with_who_and_why(place: Place) -> None:
    change = Change(place.org_id, place.actor.user_id, "Changed Manage Data")
    with place.database.write() as connection:
        kept = [settings_history.keep(connection, change, document) for document in ("{}", "{}", '{"a": 1}')]
        first, second = reversed(settings_history.states(connection, place.org_id, 2**31 - 1, 10))
        assert settings_history.state(connection, place.foreign_id, first["id"]) is None
    assert kept == [True, False, True]
    assert [(one["name"], one["why"], one["document"]) for one in (first, second)] == [
        ("1", "Changed Manage Data", "{}"),
        ("1", "Changed Manage Data", '{"a": 1}'),
    ]


def test_no_two_documents_differ_without_a_line(place: Place) -> None:
    before = place.read()
    after = put("upload_jobs.0.definition.rules", [])(place.read())
    lines = settings_changes.between(before, after, {})
    assert [line.what for line in lines] == [f"Upload job {before['upload_jobs'][0]['id']}: rules"]
