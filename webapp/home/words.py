"""Home's words for what the last run did not write, and for why it ended with errors. Knows no request."""

from sqlalchemy import RowMapping

from webapp.runs.remains import Remains


def left_out(left: Remains) -> list[tuple[int, str]]:
    """How many rows of the run were not written, by what kept them out; only what there is."""
    lines = (
        (left.rejected, "refused by Salesforce: the next run tries again"),
        (left.unmatched, "without a person"),
        (left.filtered, "of kinds that are switched off"),
        (left.held, "held until somebody decides"),
    )
    return [(count, words) for count, words in lines if count]


def why(run: RowMapping, left: Remains) -> str:
    """Why a run completed with errors, in a sentence; nothing where neither cause can be seen."""
    causes: list[str] = []
    if left.rejected:
        causes.append("Salesforce refused rows of it")
    if run["closes"] is not None and not run["closes"]:
        causes.append("some figures do not agree")
    return f"Errors, because {' and '.join(causes)}." if causes else ""
