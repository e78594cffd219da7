"""Notices: what can go wrong, who wants to hear of which, and the words for it. It knows no store and no network."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from connector.model.runs import RunKind, RunState


class Kind(StrEnum):
    """What a notice tells. `ENDED` is no trouble: a night that went through, for who wants to hear of everything."""

    FAILED = "failed"
    PARTIAL = "partial"
    HELD = "held"
    PAUSED = "paused"
    MISSED = "missed"
    CREDENTIALS = "credentials"
    FRESHNESS = "freshness"
    ENDED = "ended"


class Road(StrEnum):
    MAIL = "mail"
    WEBHOOK = "webhook"


class Wants(StrEnum):
    NEVER = "never"
    ERRORS = "errors"
    ALWAYS = "always"


class Event(StrEnum):
    """What is told: that a trouble began, that it is over, that a night ended, the day's report, or a test."""

    OPENED = "opened"
    RECOVERED = "recovered"
    ENDED = "ended"
    REPORT = "report"
    TEST = "test"


SCHEDULE, WATCH = "schedule", "watch"
"""What a notice of *missed* is about when the process that starts everything, or the one that looks, stands still."""

SALESFORCE, REALMAGNET, ACTIVITY = "salesforce", "realmagnet", "activity"

WATCHED = frozenset({RunKind.PREVIEW, RunKind.LOOK, RunKind.UPDATE})
"""Runs that tell nobody: who asked for a preview, a look, or an update of one message or person watches it."""

_TITLES: Mapping[RunKind, str] = {
    RunKind.ACTIVITY: "The nightly activity",
    RunKind.WRITE: "Writing to Salesforce",
    RunKind.UPLOAD: "Upload job",
    RunKind.SEND: "Refresh before send",
    RunKind.SINGLE_SEND: "Message to one person, number",
    RunKind.GAP: "Filling the gap",
    RunKind.AGAIN: "Running again",
}
_NUMBERLESS = frozenset({RunKind.GAP, RunKind.AGAIN})
"""What their runs are about has a number that no screen shows."""

NOTICED: Mapping[RunKind, str] = {kind: _TITLES.get(kind, kind.capitalize()) for kind in RunKind if kind not in WATCHED}
"""The runs whose end somebody should hear of, by what they are called: all others, new ones too."""

ONCE = frozenset(NOTICED) - {RunKind.ACTIVITY, RunKind.WRITE, RunKind.UPLOAD}
"""Runs that never come again by themselves: their trouble is over once somebody has seen it."""

ALL_OF_IT = frozenset({RunKind.ACTIVITY, RunKind.WRITE, RunKind.GAP, RunKind.AGAIN})
"""Runs that end *Completed* only when Salesforce refuses nothing of the whole org and all its books close: with that it
is over, too, that another of them left something open."""

OF_RUNS = frozenset({Kind.FAILED, Kind.PARTIAL, Kind.HELD, Kind.PAUSED})

OPENS: Mapping[RunState, Kind] = {
    RunState.FAILED: Kind.FAILED,
    RunState.COMPLETED_WITH_ERRORS: Kind.PARTIAL,
    RunState.HELD: Kind.HELD,
    RunState.PAUSED: Kind.PAUSED,
}
"""What trouble a run in a state is."""

TOLD_OVER: Mapping[RunState, frozenset[Kind]] = {
    RunState.COMPLETED: OF_RUNS,
    RunState.COMPLETED_WITH_ERRORS: frozenset({Kind.FAILED, Kind.HELD, Kind.PAUSED}),
}
"""Which troubles of its subject are over, and told to be, once a run has ended so."""

QUIETLY_OVER: Mapping[RunState, frozenset[Kind]] = {
    RunState.FAILED: frozenset({Kind.HELD, Kind.PAUSED}),
    RunState.CANCELLED: frozenset({Kind.HELD, Kind.PAUSED}),
}
"""Which are over without a word: what came instead is told, or somebody did it himself."""

_WORDS: Mapping[Kind, str] = {
    Kind.FAILED: "failed",
    Kind.PARTIAL: "completed with errors",
    Kind.HELD: "waits for a decision",
    Kind.PAUSED: "paused",
    Kind.ENDED: "completed",
}

_ADVICE: Mapping[Kind, str] = {
    Kind.FAILED: "Open Real Magnet in Salesforce → Runs, see what stopped it, and start it again.",
    Kind.PARTIAL: "Open Real Magnet in Salesforce → Runs: the run shows which rows were not written, and why.",
    Kind.HELD: "Open Real Magnet in Salesforce → Runs, look at what it found, and approve or stop it.",
    Kind.PAUSED: "It goes on by itself as soon as there is room again. Nothing is lost.",
    Kind.ENDED: "There is nothing to do.",
}


@dataclass(frozen=True)
class Trouble:
    """One thing that is wrong just now with an org, in words without anything of a person."""

    org_id: int
    kind: Kind
    about: str
    headline: str
    detail: str = ""
    advice: str = ""
    run_id: int | None = None

    @property
    def key(self) -> tuple[int, str, str]:
        """Of these only one is open at a time."""
        return self.org_id, str(self.kind), self.about


def about(kind: RunKind, subject_id: int) -> str:
    """What a run is about: "activity", "upload 7"."""
    return f"{kind} {subject_id}" if subject_id else str(kind)


def mends(kind: RunKind, trouble: str, told_of: str) -> bool:
    """Whether a completed run of a kind ends a trouble that another run left: `trouble` is its kind, `told_of` what it
    is about."""
    return kind in ALL_OF_IT and trouble == Kind.PARTIAL and any(_is_about(told_of, other) for other in ALL_OF_IT)


def _is_about(told_of: str, kind: RunKind) -> bool:
    name, _, number = told_of.rpartition(" ")
    return told_of == kind or (name == kind and number.isdecimal())


def title(kind: RunKind, subject_id: int) -> str:
    """What a run is called: "Upload job 7"."""
    return f"{NOTICED[kind]} {subject_id}" if subject_id and kind not in _NUMBERLESS else NOTICED[kind]


def of_run(org_id: int, kind: RunKind, subject_id: int, *, run_id: int, told: Kind) -> Trouble:
    """The notice of a run, without its own reason."""
    headline = f"{title(kind, subject_id)} {_WORDS[told]}."
    return Trouble(org_id, told, about(kind, subject_id), headline, "", _ADVICE[told], run_id)


def wants(wanted: str, event: Event) -> bool:
    """Whether an address that wants so much hears of an event."""
    return wanted == Wants.ALWAYS or (wanted == Wants.ERRORS and event is not Event.ENDED)
