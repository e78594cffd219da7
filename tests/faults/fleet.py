"""Many runs of upload jobs at once over one small world, each into a group of its own and each with its own fault."""

import json
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connector import bootstrap, queues, settings
from connector.model.audience import Source, SourceKind
from connector.model.groups import Upload
from connector.model.runs import RunState, Trigger, upload_of
from connector.model.uploads import DEFAULT_CONTACT, DEFAULT_LEAD, Definition, How, Target
from connector.queues import Job
from connector.store import claims, upload_jobs
from connector.store.claims import Asked
from tests.faults.scene import Scene
from tools.processes import Process, wait_until

ROWS = 40
"""Of one upload: the Campaign makes a few."""
LOST_ROW = 25
"""Of each upload this row is lost on its way, so that every run has somebody to look for and to send once more."""
DELAY = 0.05
STRANGER = "before@example.org"


@dataclass
class Fleet:
    """`source` is a Campaign of the small world, `people` its mailable by Custom Member ID."""

    scene: Scene
    source: Source
    people: list[str] = field(default_factory=list[str])
    groups: dict[int, int] = field(default_factory=dict[int, int])
    workers: list[Process] = field(default_factory=list[Process])

    def start_workers(self, count: int) -> None:
        """So many more, all at once."""
        environ = {**self.scene.house.environ, "FAULT_FOLDER": str(self.scene.faults)}
        names = [f"uploader-{len(self.workers) + place}" for place in range(count)]
        started = [
            self.scene.house.processes.start(name, "tests.faults.faulty_uploader", environ=environ) for name in names
        ]
        for worker in started:
            wait_until("the worker to listen", lambda: worker.said("Listening on"), worker)  # noqa: B023  # used at once
        self.workers += started

    # -- runs --------------------------------------------------------------------------------------------------

    def run(self, point: str = "", count: int = 1, deed: str = "") -> int:
        """Ask for a run that replaces the one stranger in a new group; its number. The fault is ordered before."""
        run_id, attempt = self.claim()
        if deed:
            (self.scene.faults / f"order {run_id}").write_text(json.dumps([point, count, deed]))
        redis = queues.connect(self.scene.house.redis.url)
        queues.enqueue(redis, Job.UPLOAD, run_id, job_id=queues.run_job_id(run_id, attempt))
        return run_id

    def claim(self) -> tuple[int, int]:
        """A run and its attempt that nobody works on yet."""
        house = self.scene.house
        services = bootstrap.services(settings.from_env(house.environ))
        realmagnet = services.realmagnet(house.org_id)
        group_id = realmagnet.create_group(f"Group {len(self.groups)}")
        realmagnet.upload(Upload(group_id, ["Email"], STRANGER, replace=False))
        realmagnet.close()
        target = Target(group_id, "Group", How.REPLACE)
        definition = Definition(self.source, target, DEFAULT_CONTACT, DEFAULT_LEAD)
        with house.database.write() as connection:
            draft_id = upload_jobs.create_draft(connection, house.org_id, None)
            draft = upload_jobs.get(connection, house.org_id, draft_id)
            assert draft is not None
            upload_jobs.save(connection, draft, definition, None)
            subject = upload_of(draft_id, group_id)
            claim = claims.claim(connection, house.org_id, Asked(Trigger.RUN_NOW), subject)
        self.groups[claim.run_id] = group_id
        return claim.run_id, claim.attempt

    def see_through(self, run_id: int, timeout: float = 60) -> Mapping[str, Any]:
        """Wait until a run is over."""
        deadline = time.monotonic() + timeout
        while not RunState((row := self.scene.house.row(run_id))["state"]).over:
            assert time.monotonic() < deadline, (row, [worker.last_words() for worker in self.workers])
            time.sleep(0.03)
        return row

    def struck(self, run_id: int) -> int:
        """The process id of the horse that the run's fault has struck."""
        return self.scene.wait_for_strike(f"struck {run_id}")

    def points(self, run_id: int) -> list[str]:
        """The points that a run came to."""
        prefix = f"reached {run_id} "
        return sorted(path.name.removeprefix(prefix) for path in self.scene.faults.glob(f"{prefix}*"))

    # -- what came of it ---------------------------------------------------------------------------------------

    def members(self, run_id: int) -> list[str]:
        """Who is in the run's group, by the stand-in's own account: Custom Member ID, or address for want of one."""
        found = self._told(f"groups/{self.groups[run_id]}/members")
        return sorted(str(member["custom_id"] or member["email"]) for member in found)

    def uploads(self, run_id: int) -> int:
        """How often Real Magnet was given something for the run's group."""
        return sum(upload["group_id"] == self.groups[run_id] for upload in self._told("uploads"))

    def _told(self, what: str) -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"{self.scene.house.plan.realmagnet_url}/_sandbox/{what}", timeout=10) as answer:
            return json.load(answer)


def assemble(scene: Scene) -> Fleet:
    """The small world's first Campaign, on the day that every test here begins with."""
    scene.realmagnet_has(upload_delay=[{"seconds": DELAY, "times": -1}], lose_rows=[{"every": LOST_ROW, "times": -1}])
    services = bootstrap.services(settings.from_env(scene.house.environ))
    salesforce = services.salesforce(scene.house.org_id)
    found = salesforce.campaigns("")[0]
    salesforce.close()
    return Fleet(scene, Source(SourceKind.CAMPAIGN, found.id, found.name))
