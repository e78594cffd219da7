"""The steps of a run as its page lists them: done, under way, not reached."""

from dataclasses import dataclass

from sqlalchemy import RowMapping

from connector.model.runs import PHASES, RunKind, RunState


@dataclass(frozen=True)
class Step:
    """One step: its words and where the run stands with it."""

    words: str
    state: str


def of(run: RowMapping) -> list[Step]:
    """Every step of a run with its state: done, under way, stopped here, or not reached."""
    phases = list(PHASES[RunKind(run["kind"])])
    state = RunState(run["state"])
    if state in {RunState.COMPLETED, RunState.COMPLETED_WITH_ERRORS}:
        return [Step(phase, "done") for phase in phases]
    reached = phases.index(run["phase"]) if run["phase"] in phases else -1
    if state is RunState.HELD:
        return [Step(phase, _beside_a_held_run(place - reached)) for place, phase in enumerate(phases)]
    here = "stopped here" if state.over or state is RunState.PAUSED else "under way"
    return [
        Step(phase, "done" if place < reached else here if place == reached else "not reached")
        for place, phase in enumerate(phases)
    ]


def _beside_a_held_run(further: int) -> str:
    """A held run is through with the phase it reached; the next one waits for a person."""
    return "done" if further <= 0 else "waits for a decision" if further == 1 else "not reached"
