"""Groups being filled: an audience, a job for it, attempts at its runs, and who is in the group afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import requests

from connector.errors import Cancelled, ConnectorError, NeedsDecision, Temporary
from connector.model.audience import Source
from connector.model.groups import Upload
from connector.model.runs import RunState, Trigger, upload_of
from connector.model.uploads import Definition, How
from connector.store import attempts, audience_counts, claims, upload_jobs, upload_runs
from connector.store.audience_counts import Uploaded
from connector.store.upload_jobs import UploadJob
from connector.uploads.run import run_upload
from tests.connector.uploads.world import Hook, UploadWorld

GRACE = 0.4


class CrashedError(Exception):
    """The worker is gone."""


@dataclass
class Filling:
    """One group, the Campaign it is filled from, and the job that does it."""

    world: UploadWorld
    source: Source
    group: int
    job: UploadJob
    grace: float = GRACE

    def audience(self, people: Sequence[str]) -> None:
        """The Campaign has these members now, and no others."""
        with self.world.of.org.database.writing() as connection:
            connection.execute("DELETE FROM CampaignMember WHERE CampaignId = ?", (self.source.id,))
        self.world.join(self.source.id, people)

    def change(self, definition: Definition) -> None:
        """Somebody edits the job."""
        with self.world.of.services.database.write() as connection:
            upload_jobs.save(connection, self.job, definition, None)

    def put_in(self, address: str) -> None:
        """Somebody else puts a person into the group."""
        realmagnet = self.world.of.services.realmagnet(self.world.of.org_id)
        realmagnet.upload(Upload(self.group, ["Email"], address, replace=False))
        realmagnet.close()

    # -- runs --------------------------------------------------------------------------------------------------

    def run(self, hook: Hook | None = None, **asked: Any) -> Mapping[str, Any]:
        """A new run from its beginning to wherever it comes; its row."""
        return self.attempt(self.claim(**asked), hook)

    def claim(self, trigger: Trigger = Trigger.RUN_NOW, about_run: int | None = None) -> int:
        with self.world.of.services.database.write() as connection:
            asked = claims.Asked(trigger, about_run=about_run)
            subject = upload_of(self.job.id, self.job.group_id)
            return claims.claim(connection, self.world.of.org_id, asked, subject).run_id

    def attempt(self, run_id: int, hook: Hook | None = None) -> Mapping[str, Any]:
        """One attempt, ended as the worker would end it."""
        with self.world.work(run_id, hook) as work:
            work.settings = replace(work.settings, upload_grace_seconds=self.grace)
            state, said = self._carried_out(work)
            with self.world.of.services.database.write() as connection:
                if state is RunState.HELD:
                    attempts.hold(connection, run_id, str(said), said.advice)
                elif state is RunState.QUEUED:
                    attempts.put_off(connection, run_id, state, 0, said)
                elif state is not RunState.RUNNING:
                    attempts.end(connection, run_id, state, reason=str(said), advice=said.advice)
        return self.world.run(run_id)

    def _carried_out(self, work: Any) -> tuple[RunState, ConnectorError]:
        try:
            whole = run_upload(work)
        except CrashedError:
            return RunState.RUNNING, ConnectorError("")
        except Cancelled as stop:
            return RunState.CANCELLED, stop
        except NeedsDecision as question:
            return RunState.HELD, question
        except Temporary as trouble:
            return RunState.QUEUED, trouble
        except ConnectorError as refusal:
            return RunState.FAILED, refusal
        return RunState.COMPLETED if whole else RunState.COMPLETED_WITH_ERRORS, ConnectorError("")

    def approve(self, run_id: int) -> None:
        with self.world.of.services.database.write() as connection:
            assert claims.approve(connection, run_id)

    def cancel(self, run_id: int) -> None:
        with self.world.of.services.database.write() as connection:
            assert claims.request_cancel(connection, run_id)

    # -- what came of it ---------------------------------------------------------------------------------------

    @property
    def members(self) -> Sequence[Mapping[str, Any]]:
        """Who is in the group, by the stand-in's own account."""
        address = f"{self.world.of.realmagnet_url}/_sandbox/groups/{self.group}/members"
        return requests.get(address, timeout=5).json()

    @property
    def ids(self) -> list[str]:
        """The same by their Custom Member IDs, sorted."""
        return sorted(member["custom_id"] for member in self.members)

    @property
    def uploads(self) -> list[Mapping[str, Any]]:
        """What Real Magnet was ever given for this group."""
        found = requests.get(f"{self.world.of.realmagnet_url}/_sandbox/uploads", timeout=5).json()
        return [upload for upload in found if upload["group_id"] == self.group]

    def chunks(self, run_id: int) -> list[tuple[str, int, int]]:
        """State, rows and good ones of each upload of a run."""
        with self.world.of.services.database.read() as connection:
            return [(row["state"], row["rows"], row["good"]) for row in upload_runs.chunks(connection, run_id)]

    def uploaded(self, run_id: int) -> Uploaded | None:
        with self.world.of.services.database.read() as connection:
            return audience_counts.uploaded(connection, run_id)


def fill(world: UploadWorld, people: Sequence[str], how: How = How.REPLACE, **changes: Any) -> Filling:
    """A job that fills a new group with these people, at a Real Magnet that is quick."""
    world.of.bad_day(upload_delay=[{"seconds": 0, "times": -1}])
    source, group = world.campaign(people), world.group()
    return Filling(world, source, group, world.job(world.definition(source, group, how=how, **changes)))


def crash_at(point: str, count: int = 1) -> Hook:
    """A crash the `count`th time that the run comes to a point, and never again."""
    left = [count]

    def hook(reached: str) -> None:
        if reached == point:
            left[0] -= 1
            if left[0] == 0:
                raise CrashedError

    return hook
