"""What a person reads for a reason, a rule or a number of an audience, and what can be done about it. No request."""

from collections.abc import Mapping
from dataclasses import dataclass

from connector.model.audience import LOST_AT, Reason, Rule, Step
from connector.store.audience_people import Move, Number


@dataclass(frozen=True)
class Words:
    """A short label, a sentence that explains it, and what to do; `todo` is empty where nothing can be done here."""

    label: str
    meaning: str
    todo: str = ""

    @property
    def heading(self) -> str:
        """The label as the beginning of a title."""
        return self.label[:1].upper() + self.label[1:]


REASONS: Mapping[Reason, Words] = {
    Reason.NOBODY: Words(
        "nobody in Salesforce",
        "The row names nobody: it has neither the id nor the address of a Contact or Lead.",
        "Put the record's id or e-mail address into the report.",
    ),
    Reason.AMBIGUOUS: Words(
        "more than one person",
        "More than one Contact or Lead has this address, so it is not clear who is meant.",
        "Put the record's id into the report, or merge the records in Salesforce.",
    ),
    Reason.DELETED: Words(
        "deleted in Salesforce",
        "The record was deleted in Salesforce.",
        "Restore the record, or leave it out.",
    ),
    Reason.CONVERTED: Words(
        "converted Lead",
        "The Lead was converted and is a Contact now.",
        "Add the Contact to the source.",
    ),
    Reason.NO_ADDRESS: Words(
        "no address",
        "The record has no address to write to.",
        "Enter one in Salesforce.",
    ),
    Reason.INVALID: Words(
        "address not valid",
        "Nothing can be delivered to the address as it is written.",
        "Correct it in Salesforce.",
    ),
    Reason.DUPLICATE: Words(
        "listed more than once",
        "Real Magnet would take it for a recipient that an earlier row names already; the first row counts.",
    ),
    Reason.OPTED_OUT: Words(
        "opted out",
        "The person does not want such messages.",
        "Nothing, unless the person asks for messages again.",
    ),
}

STEPS: Mapping[Step, Words] = {
    Step.ROWS: Words("rows", "Every row that the source has."),
    Step.ADDRESS: Words("with an address", "A known person with an address that can be written to."),
    Step.DISTINCT: Words("distinct", "Each recipient once."),
    Step.MAILABLE: Words("mailable", "The people who are uploaded."),
}

MOVES: Mapping[Move, Words] = {
    Move.REJECTED: Words("rejected by Real Magnet", "Uploaded, and Real Magnet did not take the row."),
    Move.JOINED: Words("joined", "Mailable now, and not in the run before."),
    Move.LEFT: Words("left", "Mailable in the run before, and not any more."),
}

RULES: Mapping[Rule, Words] = {
    Rule.GONE: Words(
        "Leave out deleted and converted people",
        "Records that were deleted, and Leads that became Contacts, are not uploaded.",
    ),
    Rule.INVALID: Words(
        "Leave out addresses that are not valid",
        "What cannot be an address is not uploaded; Real Magnet would count it as a bounce.",
    ),
    Rule.DUPLICATE: Words(
        "Leave out duplicates",
        "Of rows that Real Magnet takes for one recipient only the first is uploaded.",
    ),
    Rule.OPTED_OUT: Words(
        "Leave out people who opted out",
        "People who do not want such messages are not uploaded.",
    ),
}


def of(number: Number) -> Words:
    """The words of a number."""
    if isinstance(number, Reason):
        return REASONS[number]
    return STEPS[number] if isinstance(number, Step) else MOVES[number]


def lost_at(step: str, lost: Mapping[str, int]) -> list[tuple[Reason, int, Words]]:
    """Who is lost at a step of the waterfall: reason, how many, its words; only reasons that there are."""
    reasons = next((reasons for at, reasons in LOST_AT.items() if at == step), ())
    return [(reason, lost[reason], REASONS[reason]) for reason in reasons if lost.get(reason)]
