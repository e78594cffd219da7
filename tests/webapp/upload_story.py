"""What the screens of upload jobs are tested on: a job, its runs with their people, and what came of them."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import text

from connector.model.audience import Reason, Source, SourceKind
from connector.model.runs import Phase, RunState, Trigger, preview_of, upload_of
from connector.model.uploads import DEFAULT_CONTACT, DEFAULT_LEAD, Definition, How, Target
from connector.store import attempts, audience_counts, audiences, claims, runs, upload_jobs
from connector.store.audience_counts import Uploaded
from connector.store.audiences import AudienceRow
from connector.store.claims import Asked
from tests.webapp.conftest import House

CAMPAIGN = Source(SourceKind.CAMPAIGN, "701000000000001AAA", "Spring Conference", statuses=("Invited",))
DEFINITION = Definition(CAMPAIGN, Target(4, "Spring", How.REPLACE), DEFAULT_CONTACT, DEFAULT_LEAD)


@dataclass
class Story:
    """Upload jobs of one org, made as the wizard and the workers make them."""

    house: House
    org_id: int = 0

    def __post_init__(self) -> None:
        self.org_id = self.org_id or self.house.org_id

    def draft(self, name: str = "Spring Conference") -> int:
        with self.house.database.write() as connection:
            draft_id = upload_jobs.create_draft(connection, self.org_id, None)
            upload_jobs.enter(connection, draft_id, name, {}, None)
        return draft_id

    def job(self, name: str = "Spring Conference", **changes: Any) -> int:
        draft_id = self.draft(name)
        definition = replace(DEFINITION, **changes)
        with self.house.database.write() as connection:
            draft = upload_jobs.get(connection, self.org_id, draft_id)
            assert draft is not None
            return upload_jobs.save(connection, draft, definition, None)

    def begun(self, job_id: int, trigger: Trigger = Trigger.RUN_NOW, *, preview: bool = False) -> int:
        subject = preview_of(job_id) if preview else upload_of(job_id, 4)
        with self.house.database.write() as connection:
            run_id = claims.claim(connection, self.org_id, Asked(trigger), subject).run_id
            attempts.begin(connection, run_id)
            runs.progress(connection, run_id, Phase.AUDIENCE, 0, 0)
        return run_id

    def read(self, run_id: int, mailable: int, *lost: Reason) -> None:
        """Mailable people a1, a2, …, then one for each reason."""
        found = [_row(place, f"a{place}") for place in range(1, mailable + 1)]
        found += [_row(mailable + 1 + n, f"lost{n}", reason) for n, reason in enumerate(lost)]
        with self.house.database.write() as connection:
            audiences.add(connection, run_id, found)
            before = audiences.last_uploaded(connection, self.org_id, self.job_of(run_id), run_id)
            moved = audiences.moved(connection, run_id, before) if before else None
            audience_counts.keep_audience(connection, run_id, audiences.counts(connection, run_id), moved)

    def job_of(self, run_id: int) -> int:
        with self.house.database.read() as connection:
            statement = text("SELECT subject_id FROM runs WHERE id = :id")
            return int(connection.execute(statement, {"id": run_id}).scalar_one())

    def end(self, run_id: int, state: RunState = RunState.COMPLETED, **values: Any) -> None:
        with self.house.database.write() as connection:
            if state in {RunState.COMPLETED, RunState.COMPLETED_WITH_ERRORS}:
                mailable = audience_counts.audience(connection, run_id).mailable
                uploaded = values.pop("uploaded", Uploaded(mailable, mailable, 0, 0))
                audience_counts.keep_uploaded(connection, run_id, uploaded)
            attempts.end(connection, run_id, state, **values)

    def ran(self, job_id: int, mailable: int = 3, *lost: Reason, state: RunState = RunState.COMPLETED) -> int:
        run_id = self.begun(job_id)
        self.read(run_id, mailable, *lost)
        self.end(run_id, state)
        return run_id

    def refuse(self, run_id: int, place: int, why: str) -> None:
        self.sql(
            "UPDATE audience SET refusal = :why WHERE run_id = :run AND place = :place",
            why=why,
            run=run_id,
            place=place,
        )

    def sql(self, statement: str, **values: Any) -> None:
        with self.house.database.write() as connection:
            connection.execute(text(statement), values)


def _row(place: int, name: str, reason: Reason | None = None) -> AudienceRow:
    address = "" if reason is Reason.NO_ADDRESS else f"{name}@example.org"
    person = f"003{place:012}AAA"
    return AudienceRow(place, person, f"Person {name}", address, address, reason or "", "", "" if reason else address)
