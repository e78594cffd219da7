"""The daily failure report in words: what failed in 24 hours, and that nothing did. It sends nothing."""

from collections.abc import Iterator

from sqlalchemy import Connection, RowMapping

from connector.model.activity import Outcome
from connector.model.notices import NOTICED
from connector.model.runs import RunKind
from connector.store import notice_figures
from connector.store.notice_figures import Figures


def of_day(connection: Connection, org_id: int) -> tuple[str, str]:
    """Headline and text of an org's last 24 hours."""
    figures = notice_figures.of_day(connection, org_id)
    failed = len(figures.troubled)
    headline = (
        f"Failure report: {_count(failed, 'run')} failed or had errors." if failed else "Failure report: no run failed."
    )
    return headline, "\n".join(_lines(figures))


def _lines(figures: Figures) -> Iterator[str]:
    total = sum(count for _, count in figures.ended)
    ended = ", ".join(f"{count} {state}" for state, count in figures.ended) or "none"
    yield f"In the last 24 hours: {_count(total, 'run')} ended ({ended})."
    for run in figures.troubled:
        yield f"- {_title(run)} (run {run['id']}): {run['state']}. {run['reason']}".rstrip()
    for run in figures.standing:
        yield f"- {_title(run)} (run {run['id']}) is {str(run['state']).lower()} now. {run['reason']}".rstrip()
    yield f"Rows refused by Salesforce: {sum(count for _, count in figures.codes)}."
    for code, count in figures.codes:
        yield f"- {code or 'without a code'}: {count}"
    yield f"Rows held: {figures.outcomes.get(Outcome.HELD, 0)}."
    yield f"Activities without a person in Salesforce: {figures.outcomes.get(Outcome.UNMATCHED, 0)}."


def _title(run: RowMapping) -> str:
    title = NOTICED[RunKind(run["kind"])]
    return f"{title} {run['subject_id']}" if run["subject_id"] else title


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
