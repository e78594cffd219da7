"""How an upload job stands: its own state, or that of the run which is under way or waits for a decision."""

from dataclasses import dataclass

from sqlalchemy import RowMapping

from connector.model.runs import RunState
from connector.store.group_states import GroupState
from connector.store.upload_jobs import UploadJob
from webapp.upload_jobs.chart import Chart

_UNDER_WAY = frozenset({RunState.QUEUED, RunState.RUNNING, RunState.PAUSED})


@dataclass(frozen=True)
class Used:
    """An upload job with its newest run, if it ever ran."""

    job: UploadJob
    run: RowMapping | None

    @property
    def under_way(self) -> bool:
        """Whether a run is queued, at work or waiting for better times."""
        return self.run is not None and self.run["state"] in _UNDER_WAY

    @property
    def held(self) -> bool:
        """Whether a run waits for a decision."""
        return self.run is not None and self.run["state"] == RunState.HELD

    @property
    def every(self) -> int:
        """Seconds between two looks at what is going on; 0 when nothing is."""
        if not self.under_way or self.run is None:
            return 0
        return 10 if self.run["state"] == RunState.PAUSED else 1


@dataclass(frozen=True)
class Standing(Used):
    """A job with its newest run, the last that is over with its people, its sizes over time, and how its group is."""

    last: RowMapping | None
    people: int | None
    chart: Chart | None
    group: GroupState

    @property
    def word(self) -> str:
        """The one word of its badge."""
        if self.held:
            return str(RunState.HELD)
        return str(RunState.RUNNING) if self.under_way else str(self.job.state)
