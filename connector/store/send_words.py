"""Why a message was not sent, in words that say which job, what happened and what to do. It knows no table."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import RowMapping

from connector.model.runs import RunState
from connector.model.uploads import JobState
from connector.store.send_promises import Broken
from connector.store.sends import Send

NOT_SENT = "The message was not sent, so that no old list was mailed."
AGAIN = "Then schedule the message again."


@dataclass(frozen=True)
class Words:
    """What happened, and what to do about it."""

    reason: str
    advice: str


def stopped_by(run: RowMapping) -> Words:
    """A group is not fresh: the run that was to refresh it (`run`, with the `name` of its job) failed or is held."""
    what = {RunState.HELD: "is held", RunState.CANCELLED: "was cancelled"}.get(RunState(run["state"]), "failed")
    if RunState(run["state"]) is RunState.COMPLETED_WITH_ERRORS:
        what = "left people in it who are not in its audience"
    why = f"The upload job “{run['name'] or run['subject_id']}”, which refreshes a group of this message, {what}"
    said = run["reason"] or run["note"]
    reason = f"{why}: {said} {NOT_SENT}" if said else f"{why}. {NOT_SENT}"
    if run["state"] == RunState.HELD:
        return Words(reason, f"Decide about run {run['id']} of that job. {AGAIN}")
    advice = run["advice"] or f"Look at run {run['id']} of that job and start it once more."
    return Words(reason, f"{advice} {AGAIN}")


def promise_broken(send: Send, found: Broken) -> Words:
    """A job that was to refresh one of its groups does not any more."""
    name = dict(zip(send.group_ids, send.group_names, strict=True))[found.group_id]
    what = {JobState.PAUSED: "was paused", JobState.DELETED: "was deleted"}.get(found.state, "fills another group now")
    reason = f"The upload job “{found.name}” that was to refresh “{name}” {what}: {NOT_SENT[0].lower()}{NOT_SENT[1:]}"
    if found.state is JobState.PAUSED:
        return Words(reason, f"Let the upload job go on. {AGAIN}")
    return Words(reason, f"Make an upload job that fills “{name}”, unless it is right as it is. {AGAIN}")


def twice_at_once(other: Send) -> Words:
    """Another send of the same message is going out: of two at once nobody can tell afterwards which were sent."""
    names = ", ".join(f"“{name}”" for name in other.group_names)
    reason = f"At its time the same message was just going out to {names}, and two at once cannot be told apart."
    return Words(f"{reason} This one was not sent.", f"Wait until the other one is sent. {AGAIN}")


def too_late(send: Send, waiting: Sequence[str]) -> Words:
    """Four hours have passed; `waiting` names the jobs that are still at it."""
    if waiting:
        names = ", ".join(f"“{name}”" for name in waiting)
        reason = f"After four hours the groups were not refreshed yet: {names} had not ended. {NOT_SENT}"
        return Words(reason, f"Look at what keeps it from ending. {AGAIN}")
    if send.state == "Scheduled":
        reason = "The connector was not at work at its time, nor for four hours after. The message was not sent."
        return Words(reason, f"Ask your administrator to look whether the tick and a worker run. {AGAIN}")
    reason = "It could not be sent within four hours of its time. The message was not sent."
    return Words(reason, f"Look at the runs of its groups and whether Real Magnet answers. {AGAIN}")


def half_filled(send: Send, partly: Collection[int]) -> Words:
    """An upload broke off in the middle of a group, and none has mended it since."""
    names = ", ".join(
        f"“{name}”" for group_id, name in zip(send.group_ids, send.group_names, strict=True) if group_id in partly
    )
    reason = f"{names} is only partly filled: an upload into it broke off. The message was not sent:"
    return Words(f"{reason} it would have reached only some.", f"Run the upload job that fills it once more. {AGAIN}")


def after_sending(send: Send, run: RowMapping | None) -> Words:
    """The run that was to send it ended without."""
    said = f" {run['reason']}" if run and run["reason"] else ""
    if send.asked_at is not None:
        return Words(
            f"Real Magnet was asked to send it and never said whether it did.{said}",
            "Look in Real Magnet whether the message was sent before you schedule it again.",
        )
    if run is not None and run["state"] == RunState.CANCELLED:
        return Words(
            f"The sending was cancelled.{said} The message was not sent.", "Schedule it again when you want it sent."
        )
    advice = str(run["advice"]) if run and run["advice"] else "See to what is said here."
    return Words(f"It could not be sent.{said} The message was not sent.", f"{advice} {AGAIN}")


def rejected(lost: Sequence[tuple[str, int]]) -> str:
    """What to know of a send that goes on though some people did not get into its groups; nothing for none."""
    told = [f"{count} of “{name}”" for name, count in lost if count]
    if not told:
        return ""
    return f"Real Magnet rejected some people while the groups were refreshed ({', '.join(told)}): they are left out."
