"""A small world with upload jobs in it: people and sources in Salesforce, groups in Real Magnet, runs over both."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import pytest

from connector.model.audience import PersonRef, Reason, Source, SourceKind
from connector.model.reports import ReportPeople
from connector.model.runs import RunKind, RunState, Trigger, preview_of, upload_of
from connector.model.uploads import DEFAULT_CONTACT, DEFAULT_LEAD, Definition, How, Target
from connector.salesforce.gateway import Salesforce
from connector.store import attempts, audience_counts, audiences, claims, leases, runs, upload_jobs
from connector.store.audiences import Counts, Moved, RowsWanted
from connector.store.upload_jobs import UploadJob
from connector.uploads.job_work import JobWork
from connector.uploads.preview import run_preview
from sandbox import ids
from sandbox.salesforce.list_views import store as list_views
from sandbox.salesforce.loading import load_rows
from sandbox.salesforce.report_seed import load_reports
from tests.connector.activity.world import YEAR, World

Hook = Callable[[str], None]


class HookedJobWork(JobWork):
    """Tells the test which point it has reached; the test may raise there, as a crash would."""

    hook: Hook = staticmethod(lambda _point: None)

    def reached(self, point: str) -> None:
        super().reached(point)
        self.hook(point)


@dataclass(frozen=True)
class Audience:
    """What a run's audience came to."""

    run_id: int
    counts: Counts
    moved: Moved | None
    mailable: Sequence[Any]
    note: str
    lines: Sequence[str]
    lost: Sequence[Any] = field(repr=False)

    def why(self, person_id: str) -> tuple[str, str]:
        """Reason and detail of somebody who was left out."""
        return next((row["reason"], row["detail"]) for row in self.lost if row["person_id"] == person_id)

    @property
    def ids(self) -> list[str]:
        """The mailable in the source's order."""
        return [row["person_id"] for row in self.mailable]


@dataclass
class UploadWorld:
    """The servers of one module. What a test makes is its own: other tests' people are in nobody else's source."""

    of: World
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _hidden: list[str] = field(default_factory=list[str])

    # -- Salesforce --------------------------------------------------------------------------------------------

    def person(self, email: str = "", kind: str = "Contact", **columns: object) -> str:
        """A Contact or Lead as if somebody had just saved it; answers its id."""
        return self.of.person(email, kind, **columns)

    def crowd(self, size: int, kind: str = "Contact") -> list[str]:
        """So many people with addresses that nobody else has."""
        return [self.person(f"person{next(self._numbers)}@example.org", kind) for _ in range(size)]

    def campaign(self, people: Sequence[str] = (), name: str = "Spring Conference", status: str = "Sent") -> Source:
        """A Campaign and these members of it."""
        number = ids.make_id(ids.CAMPAIGN, next(self._numbers))
        load_rows(self.of.org, "Campaign", ("Id", "Name"), [(number, name)])
        self.join(number, people, status)
        return Source(SourceKind.CAMPAIGN, number, name)

    def join(self, campaign_id: str, people: Sequence[str], status: str = "Sent") -> None:
        """Make people members of a Campaign."""
        rows = [
            (
                ids.make_id(ids.CAMPAIGN_MEMBER, next(self._numbers)),
                campaign_id,
                person if person.startswith(ids.CONTACT) else None,
                person if person.startswith(ids.LEAD) else None,
                status,
            )
            for person in people
        ]
        load_rows(self.of.org, "CampaignMember", ("Id", "CampaignId", "ContactId", "LeadId", "Status"), rows)

    def leave(self, campaign_id: str, person_id: str) -> None:
        """Somebody is a member no more."""
        with self.of.org.database.writing() as connection:
            connection.execute(
                "DELETE FROM CampaignMember WHERE CampaignId = ? AND ContactId = ?", (campaign_id, person_id)
            )

    def list_view(self, object_name: str, where: str, *, compatible: bool = True) -> Source:
        """A list view with this condition."""
        number, name = ids.make_id("00B", next(self._numbers)), f"View {next(self._numbers)}"
        columns = ("Id", "SobjectType", "Name", "DeveloperName", "IsSoqlCompatible")
        load_rows(self.of.org, "ListView", columns, [(number, object_name, name, number, compatible)])
        with self.of.org.database.writing() as connection:
            list_views.prepare(connection)
            list_views.save_shape(connection, number, list_views.Shape(("Name",), where))
        return Source(SourceKind.LIST_VIEW, number, name, object_name)

    def report(self, name: str, **definition: Any) -> Source:
        """A report, in the words of its metadata."""
        (number,) = load_reports(self.of.org, {name: definition})
        return Source(SourceKind.REPORT, number, name)

    def remove(self, object_name: str, number: str) -> None:
        """Take a record out of Salesforce as if it had never been."""
        with self.of.org.database.writing() as connection:
            connection.execute(f"DELETE FROM {object_name} WHERE Id = ?", (number,))  # noqa: S608  # ours

    def change(self, object_name: str, number: str, **columns: object) -> None:
        """Change a record as if somebody had saved it."""
        sets = ", ".join(f"{name} = ?" for name in columns)
        with self.of.org.database.writing() as connection:
            connection.execute(f"UPDATE {object_name} SET {sets} WHERE Id = ?", (*columns.values(), number))  # noqa: S608  # ours

    def hide(self, object_name: str, field_name: str) -> None:
        """An administrator takes a field from everybody's sight, until the test is over."""
        self.of.org.hide_field(object_name, field_name)
        self._hidden.append(f"{object_name}.{field_name}")

    # -- jobs --------------------------------------------------------------------------------------------------

    def group(self) -> int:
        """A new, empty group."""
        realmagnet = self.of.services.realmagnet(self.of.org_id)
        try:
            return realmagnet.create_group(f"Group {next(self._numbers)}")
        finally:
            realmagnet.close()

    def definition(self, source: Source, group_id: int = 1, **changes: Any) -> Definition:
        """A job's definition with the mapping that every new job begins with."""
        target = Target(group_id, "Members", changes.pop("how", How.REPLACE))
        return replace(Definition(source, target, DEFAULT_CONTACT, DEFAULT_LEAD), **changes)

    def job(self, definition: Definition, *, draft: bool = False) -> UploadJob:
        """A saved job, or a draft of one that is whole."""
        with self.of.services.database.write() as connection:
            job_id = upload_jobs.create_draft(connection, self.of.org_id, None)
            upload_jobs.enter(connection, job_id, "Members", {}, definition)
            if not draft:
                found = upload_jobs.get(connection, self.of.org_id, job_id)
                assert found is not None
                upload_jobs.save(connection, found, definition, None)
        return self.found(job_id)

    def found(self, job_id: int) -> UploadJob:
        """A job as it stands."""
        with self.of.services.database.read() as connection:
            job = upload_jobs.get(connection, self.of.org_id, job_id)
        assert job is not None
        return job

    # -- runs --------------------------------------------------------------------------------------------------

    def begin(self, job: UploadJob, kind: RunKind = RunKind.UPLOAD, trigger: Trigger = Trigger.RUN_NOW) -> int:
        """Claim a run, or take the one that is under way."""
        subject = preview_of(job.id) if kind is RunKind.PREVIEW else upload_of(job.id, job.group_id)
        with self.of.services.database.write() as connection:
            run = claims.claim(connection, self.of.org_id, claims.Asked(trigger), subject)
            if kind is RunKind.PREVIEW:
                upload_jobs.note_preview(connection, job.id, run.run_id)
        return run.run_id

    @contextmanager
    def work(self, run_id: int, hook: Hook | None = None) -> Iterator[HookedJobWork]:
        """One attempt at a run, as a worker makes it; whatever stops it comes out, and the run stays as it is."""
        services, org_id = self.of.services, self.of.org_id
        row = self.run(run_id)
        lease = leases.acquire(services.database, org_id, "test", YEAR, row["lease"])
        assert lease is not None
        with services.database.write() as connection:
            attempts.begin(connection, run_id)
        salesforce, realmagnet = services.salesforce(org_id), services.realmagnet(org_id)
        job = self.found(row["subject_id"])
        work = HookedJobWork(services.settings, services.database, run_id, lease, salesforce, realmagnet, job)
        if hook is not None:
            work.hook = hook
        try:
            yield work
        finally:
            salesforce.close()
            realmagnet.close()
            leases.release(services.database, lease)

    def end(self, run_id: int, state: RunState = RunState.COMPLETED) -> None:
        """The run is over."""
        with self.of.services.database.write() as connection:
            attempts.end(connection, run_id, state)

    def run(self, run_id: int) -> dict[str, Any]:
        """The run's row."""
        with self.of.services.database.read() as connection:
            row = runs.get(connection, run_id)
        assert row is not None
        return dict(row)

    # -- audiences ---------------------------------------------------------------------------------------------

    def preview(self, source: Source, **changes: Any) -> Audience:
        """The audience of a new draft with this source."""
        return self.preview_of(self.job(self.definition(source, **changes), draft=True))

    def preview_refs(self, rows: Sequence[tuple[str, str, str]], **changes: Any) -> Audience:
        """The audience of a report with these rows: id, address and name of whoever is meant."""
        refs = [PersonRef(*row) for row in rows]
        people = ReportPeople("one run of the report", len(refs), iter(refs))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Salesforce, "report_people", lambda *_given: people)
            return self.preview(Source(SourceKind.REPORT, "00ODn0000000001MAA", "Made up"), **changes)

    def preview_of(self, job: UploadJob) -> Audience:
        """The audience of a job or draft as it is now."""
        run_id = self.begin(job, RunKind.PREVIEW)
        try:
            with self.work(run_id) as work:
                assert run_preview(work)
        except BaseException:
            self.end(run_id, RunState.FAILED)
            raise
        self.end(run_id)
        return self.audience(run_id)

    def audience(self, run_id: int) -> Audience:
        """What was kept of a run's audience."""
        with self.of.services.database.read() as connection:
            counts = audience_counts.audience(connection, run_id)
            lost = [
                row
                for reason in Reason
                for row in audiences.rows(connection, run_id, RowsWanted(str(reason), limit=10_000))
            ]
            return Audience(
                run_id,
                counts,
                audience_counts.change(connection, run_id),
                audiences.rows(connection, run_id, RowsWanted(limit=10_000)),
                str(self.run(run_id)["note"]),
                audiences.samples(connection, run_id, 10_000),
                lost,
            )

    # -- bad days ----------------------------------------------------------------------------------------------

    def mend(self) -> None:
        """A good day again at both vendors, and every field in sight."""
        while self._hidden:
            self.of.org.hide_field(*self._hidden.pop().split("."), hidden=False)
        self.of.switches.clear()
        self.of.good_day()
