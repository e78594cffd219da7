"""Matching in SQL finds whom a naive search in plain Python finds, night after night, whatever happens in between."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from connector.activity.match import match
from connector.activity.night import Night
from connector.settings import Settings
from connector.store import leases, ledger, orgs, people, runs, tables  # noqa: F401  # every table must be known
from connector.store.database import Database
from connector.store.tables import metadata

IDS = ["003Dn00000000a0", "003Dn00000000A0", "003Dn00000000a1", "003Dn00000000b0", "00QDn00000000a1", "00QDn00000000A1"]
EMAILS = ["", "a@example.org", "b@example.org"]
YEARS = ["2001", "2013", "2025"]


@dataclass
class Person:
    email: str
    deleted: bool = False
    became: str = ""
    created: str = "2025"


@dataclass
class Model:
    """What is true, and the naive search over it."""

    people: dict[str, Person] = field(default_factory=dict)
    recipients: dict[int, tuple[str, str]] = field(default_factory=dict)

    def heir(self, number: str) -> str | None:
        while number in self.people and self.people[number].became:
            number = self.people[number].became
        found = self.people.get(number)
        return number if found and not found.deleted else None

    def find(self, email: str, custom_id: str) -> list[str]:
        """Everybody a recipient is, the one who is meant first."""
        by_id = self.heir(custom_id)
        living = [n for n, p in self.people.items() if p.email == email != "" and not p.deleted and not p.became]
        living.sort(key=lambda n: (n != by_id, n.startswith("00Q"), self.people[n].created, n))
        return ([by_id] if by_id else []) + [number for number in living if number != by_id]


PERSON = st.tuples(st.just("person"), st.sampled_from(IDS), st.sampled_from(EMAILS), st.sampled_from(YEARS))
RECIPIENT = st.tuples(
    st.just("recipient"), st.integers(1, 3), st.sampled_from(EMAILS), st.sampled_from([*IDS, "", "M-1"])
)
BECOME = st.tuples(st.just("become"), st.sampled_from(IDS), st.sampled_from(IDS))
LATER = st.one_of(
    PERSON,
    RECIPIENT,
    st.tuples(st.just("delete"), st.sampled_from(IDS)),
    BECOME,
    BECOME,
    st.tuples(st.just("night")),
)


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[Any, ...]]:
    """Most people and recipients are there from the start; then anything happens."""
    first = draw(st.lists(PERSON, min_size=5, max_size=9)) + draw(st.lists(RECIPIENT, min_size=3, max_size=5))
    fates = draw(st.lists(BECOME, max_size=5))
    return [*first, *fates, *draw(st.lists(LATER, min_size=4, max_size=16)), ("night",)]


def take(model: Model, step: tuple[Any, ...]) -> None:
    match step:
        case ("person", number, email, created):
            was = model.people.setdefault(number, Person(email, created=created))
            if not was.deleted and not was.became:
                was.email = email
        case ("delete", number):
            if number in model.people and not model.people[number].became:
                model.people[number].deleted = True
        case ("become", loser, survivor):
            living = [n for n in (loser, survivor) if model.heir(n) == n]
            if len(set(living)) == 2 and not (loser.startswith("003") and survivor.startswith("00Q")):
                model.people[loser].became = survivor
                model.people[loser].deleted = loser.startswith("003")
        case ("recipient", number, email, custom_id):
            model.recipients[number] = (email, custom_id)


class Store:
    """Our own store, told what the model knows, with a night that only matches."""

    def __init__(self, path: Path) -> None:
        self.database = Database(f"sqlite:///{path}/ours.db")
        with self.database.write() as connection:
            metadata.create_all(connection)
            self.org_id = orgs.create(connection, "00D", "Example", "")
        found = leases.acquire(self.database, self.org_id, "test", 3600)
        assert found is not None
        self.lease = found

    def begin(self, policy: str) -> None:
        with self.database.write() as connection:
            for table in ("people", "recipients", "matches", "watermarks", "runs"):
                connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608  # our own names
            connection.execute(text("UPDATE nights SET same_address = :policy"), {"policy": policy})

    def night(self, model: Model, run_id: int) -> None:
        rows = [
            (n, "Lead" if n[2] == "Q" else "Contact", "", p.email, p.deleted, p.became or None, p.created, "")
            for n, p in model.people.items()
        ]
        with self.database.write() as connection:
            connection.execute(
                runs.runs.insert().values(
                    id=run_id, org_id=self.org_id, kind=str(run_id), trigger="Sync now", state="Running", queued_at=0
                )
            )
            for kind in ("Contact", "Lead"):
                people.upsert(connection, self.org_id, run_id, [row for row in rows if row[1] == kind])
                people.follow(connection, self.org_id, run_id)
            known = [(number, email, custom) for number, (email, custom) in model.recipients.items()]
            ledger.upsert_recipients(connection, self.org_id, run_id, known)
        nobody = cast("Any", SimpleNamespace(tell=lambda: None))  # asked nothing: there are no calls to be counted
        match(Night(Settings(), self.database, run_id, self.lease, nobody, nobody))

    def matches(self) -> dict[int, list[str]]:
        """Recipient → the one who is meant, then the others in order of their ids."""
        found: dict[int, list[str]] = {}
        with self.database.read() as connection:
            statement = text("SELECT recipient_id, person_id, slot FROM matches ORDER BY recipient_id, slot")
            for number, person, slot in connection.execute(statement):
                assert slot in {"", person}
                found.setdefault(int(number), []).append(str(person))
        return found


@pytest.fixture
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    found = Store(tmp_path_factory.mktemp("match"))
    yield found
    found.database.dispose()


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=histories(), policy=st.sampled_from(["contact over lead", "all"]))
def test_sql_finds_whom_a_naive_search_finds(store: Store, steps: list[tuple[Any, ...]], policy: str) -> None:
    store.begin(policy)
    model, run_id = Model(), 0
    for step in steps:
        if step != ("night",):
            take(model, step)
            continue
        run_id += 1
        store.night(model, run_id)
        expected = {number: model.find(*about) for number, about in model.recipients.items()}
        if policy == "all":
            ordered = {number: [who[0], *sorted(who[1:])] for number, who in expected.items() if who}
        else:
            ordered = {number: who[:1] for number, who in expected.items() if who}
        assert store.matches() == ordered
