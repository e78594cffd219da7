"""Walks through the wizard as a person does, and looks at what is kept of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet

from connector.model.runs import RunState
from connector.settings import SALESFORCE_HOSTS, Settings
from connector.store import attempts, audience_counts, audiences, runs, upload_jobs
from connector.store.audiences import AudienceRow, Moved
from tests.stores import empty_store
from tests.webapp.conftest import House, make_house
from tests.webapp.vendors import GALA, FakeRealMagnet, FakeSalesforce, connect

if TYPE_CHECKING:
    from pathlib import Path

    from connector.store.upload_jobs import UploadJob
    from tests.webapp.pages import Frame

CAMPAIGN = {"kind": "Campaign", "panel": "Campaign", "choice": f":{GALA.id}"}
NEWSLETTER = {"which": "existing", "panel": "existing", "group": "11", "how": "Replace"}
RULES = {"rules": ["gone", "invalid", "duplicate", "opted out"], "most_change": "25"}
BY_HAND = {"when": "by hand", "name": "Gala guests"}


@dataclass
class Wizard:
    """A draft in a frame, between two vendors that do as they are told."""

    house: House
    frame: Frame
    salesforce: FakeSalesforce
    realmagnet: FakeRealMagnet
    draft: int = 0

    def begin(self, **given: Any) -> Wizard:
        """A new draft."""
        self.frame.submit("/upload-jobs/drafts", **given)
        found = re.search(r'action="/upload-jobs/(\d+)/source"', self.frame.page.html)
        self.draft = int(found[1]) if found else 0
        return self

    def post(self, step: str, go: str = "next", **values: Any) -> Frame:
        """Enter something in a step and go on, or elsewhere."""
        return self.frame.submit(f"/upload-jobs/{self.draft}/{step}", go=go, **values)

    def part(self, path: str, **values: Any) -> str:
        """The text of a part that replaces itself."""
        return self.frame.submit(f"/upload-jobs/{self.draft}/{path}", **values).page.text

    def go(self, step: str) -> Frame:
        return self.frame.go(f"/upload-jobs/{self.draft}/{step}")

    @property
    def text(self) -> str:
        return self.frame.page.text

    @property
    def step(self) -> str:
        """The step that is shown."""
        here = [e for e in self.frame.page.elements if e.attributes.get("aria-current") == "step"]
        return here[0].text.split()[1].removesuffix(",").lower() if here else ""

    @property
    def job(self) -> UploadJob:
        return self.stored(self.draft)

    def stored(self, job_id: int) -> UploadJob:
        with self.house.database.read() as connection:
            job = upload_jobs.get(connection, self.house.org_id, job_id)
        assert job is not None
        return job

    def value(self, name: str) -> str:
        """What stands in a field."""
        return next(e.attributes.get("value", "") for e in self.frame.page.find(f"input[name='{name}']"))

    def ticked(self, name: str) -> list[str]:
        """What is chosen among radio buttons or boxes."""
        return [
            e.attributes["value"] for e in self.frame.page.find(f"input[name='{name}']") if "checked" in e.attributes
        ]

    def described(self, name: str) -> str:
        """The words beside a field that is marked as wrong."""
        marked = [
            e for e in self.frame.page.elements if e.attributes.get("name") == name or e.attributes.get("id") == name
        ]
        wrong = next(e for e in marked if e.attributes.get("aria-invalid") == "true")
        ids = wrong.attributes["aria-describedby"].split()
        return " ".join(e.text for e in self.frame.page.elements if e.attributes.get("id") in ids)

    def to_group(self) -> Wizard:
        self.post("source", **CAMPAIGN)
        return self

    def to_fields(self) -> Wizard:
        self.to_group().post("group", **NEWSLETTER)
        return self

    def to_preview(self) -> Wizard:
        self.to_fields().post("fields")
        assert self.step == "preview", self.text
        return self

    def to_when(self) -> Wizard:
        self.to_preview().read()
        self.post("preview", **RULES)
        assert self.step == "when", self.text
        return self

    @property
    def run_id(self) -> int:
        """The newest run that was asked for."""
        return self.house.outside.claims[-1].run_id

    def read(self, mailable: int = 2, moved: Moved | None = None) -> None:
        """Do what a worker does: read the audience and end the run."""
        with self.house.database.write() as connection:
            attempts.begin(connection, self.run_id)
            rows = [
                AudienceRow(n, f"003{n:015}", f"P {n}", "", f"p{n}", "", "", f'003{n},"p,{n}"')
                for n in range(1, mailable + 1)
            ]
            rows.append(AudienceRow(mailable + 1, "", "Nobody", "", "", "no address", "", ""))
            audiences.add(connection, self.run_id, rows)
            runs.note(connection, self.run_id, "Read row by row.")
            audience_counts.keep_audience(connection, self.run_id, audiences.counts(connection, self.run_id), moved)
            attempts.end(connection, self.run_id, RunState.COMPLETED)


def settled(house: House) -> House:
    """A house as it was built: no job, no run, everybody there. Building one takes longer than most tests."""
    with house.database.write() as connection:
        for table in ("audience", "run_counts", "runs", "upload_jobs", "audit"):
            connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608  # our own names
    house.outside.claims.clear()
    house.outside.away = False
    return house


def wizard_of(house: House) -> Wizard:
    """A wizard whose first step is open."""
    salesforce, realmagnet = FakeSalesforce(), FakeRealMagnet()
    connect(house, salesforce, realmagnet)
    return Wizard(house, house.linked(), salesforce, realmagnet).begin()


def build(folder: Path) -> House:
    """A house for all the tests of a module."""
    key = Fernet.generate_key().decode()
    hosts, rate = (*SALESFORCE_HOSTS, "localhost"), "1000 per minute"
    database = empty_store(folder / "store.db")
    return make_house(Settings(database, "memory://", secret_keys=(key,), salesforce_hosts=hosts, door_rate=rate))
