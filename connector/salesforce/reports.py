"""The people of a report, whole or not at all: by one run, by its Excel file, or by runs over parts of its rows."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

from connector.errors import CredentialsRefused, LimitReached, NotFound, Refused, UnexpectedAnswer
from connector.model.audience import PersonRef
from connector.model.reports import ReportPeople
from connector.salesforce import workbook
from connector.salesforce.kept_rows import KeptRows
from connector.salesforce.report_answer import Answer, Report, answer_of, report_of
from connector.salesforce.report_columns import id_columns, parting_columns
from connector.salesforce.report_person import PersonFinder
from connector.salesforce.report_runs import ReportRuns
from connector.salesforce.session import OrgSession
from connector.salesforce.slices import Slices
from connector.salesforce.sources import JOINED_REFUSAL
from connector.salesforce.translate import plain_code
from connector.settings import Settings, work_dir

NOBODY = "This report does not say who its people are: no id of a Contact or Lead, no lookup to one, no e-mail address."
HIDDEN = "This report shows sums only: Salesforce gives none of its rows."
UNCOUNTED = (
    "This report does not count its rows, and Salesforce gives the first 2,000 of them at a time: nobody could tell "
    "whether all were read."
)
ADD = "Add the column Contact ID or Lead ID (or at least Email) to the report in Salesforce, and save it."


@dataclass(frozen=True)
class _Reading:
    """One report under way: its runs, what is known of it, and how it is run."""

    runs: ReportRuns
    report: Report
    finder: PersonFinder
    answer: Answer
    changes: Mapping[str, Any]


class Reports:
    """The reports of one org."""

    def __init__(self, session: OrgSession, settings: Settings) -> None:
        self._session = session
        self._settings = settings

    def people(self, report_id: str, wait: Callable[[float], None]) -> ReportPeople:
        """Everybody in a report. Nothing is given before all of it was read and counted."""
        runs = ReportRuns(self._session, report_id, self._settings.poll_seconds, wait)
        report = report_of(runs.describe())
        if plain_code(report.form) == "MULTIBLOCK":
            raise Refused(JOINED_REFUSAL)
        reading = _begun(runs, report)
        if reading.answer.complete:
            rows = self._kept()
            rows.add(map(reading.finder.ref, reading.answer.rows))
            _hold_to(rows.count, reading.answer)
            return ReportPeople("one run of the report", reading.answer.total, rows.read())
        if reading.answer.total is None:
            raise Refused(UNCOUNTED, advice="Switch on Row Counts in the report in Salesforce, and save it.")
        return self._by_workbook(reading) or self._by_parts(reading)

    def _by_workbook(self, reading: _Reading) -> ReportPeople | None:
        """The people in the Excel file; None when it does not serve, whatever the reason."""
        answer = reading.answer
        if answer.total is None or answer.total >= workbook.MOST_ROWS:
            return None
        changed = reading.changes.keys() - reading.report.uncounted.keys()  # a sum changes no row
        if not reading.finder.legible or changed or reading.report.across:
            return None
        rows = self._kept()
        with tempfile.TemporaryFile(dir=work_dir(self._settings)) as file:
            try:
                reading.runs.save_workbook(file)
                rows.add(_shown(file, reading))
            except CredentialsRefused:
                raise
            except (Refused, workbook.Unreadable):
                return None
        if rows.count != answer.total:
            return None
        return ReportPeople("Salesforce's formatted Excel file", answer.total, rows.read())

    def _by_parts(self, reading: _Reading) -> ReportPeople:
        if reading.report.shortened:
            raise Refused(
                "This report shows its first rows only, and Salesforce gives 2,000 of them.",
                advice="Take the row limit out of the report, or set it to 2,000 or less.",
            )
        reading = _with_parting_columns(reading)
        parts = Slices(
            lambda changes: answer_of(reading.runs.run(changes), reading.report), reading.report, reading.changes
        )
        rows = self._kept()
        for part in parts.read(reading.answer):
            reading.finder.learn(part.rows)
            reading.finder.refuse_rivals()
            rows.add(map(reading.finder.ref, part.rows))
            _hold_to(len(part.rows), part)
        _hold_to(rows.count, reading.answer)
        return ReportPeople(
            f"{reading.runs.count} runs, each over a part of the rows", reading.answer.total, rows.read()
        )

    def _kept(self) -> KeptRows:
        return KeptRows(work_dir(self._settings))


def _shown(file: IO[bytes], reading: _Reading) -> Iterator[PersonRef]:
    """The people of an Excel file. Raises `Unreadable` for a row whose id may hide behind a name."""
    finder = reading.finder
    for row in workbook.read_rows(file, reading.answer.columns, finder.names_somebody):
        person = finder.ref(row)
        if not person.id and finder.by_id:
            finder.learn([row])  # the first Lead may stand behind many Contacts
            person = finder.ref(row)
            if not person.id:
                raise workbook.Unreadable
        yield person


def _begun(runs: ReportRuns, report: Report) -> _Reading:
    """The first run that says who the rows mean: as the report is saved, else with an id that its type knows."""
    changes: dict[str, Any] = {} if report.shows_details else {"hasDetailRows": True}
    first = _counted(runs, report, changes)
    if first.answer.total and not first.answer.rows:
        raise Refused(HIDDEN, advice="Switch on its detail rows, and save it.")
    if first.finder.sure:
        return first
    added = id_columns(report)
    if added and first.answer.rows:
        found = _tried(runs, report, {**first.changes, "detailColumns": [*report.details, *added]})
        if found is not None and found.finder.sure and found.answer.total == first.answer.total:
            return found
    if not (first.finder.finds if first.answer.rows else first.finder.possible or added):
        raise Refused(NOBODY, advice=ADD)
    first.finder.refuse_rivals()
    return first


def _counted(runs: ReportRuns, report: Report, changes: Mapping[str, Any]) -> _Reading:
    """The first run, with its rows counted if Salesforce does that for this report."""
    if not report.uncounted:
        return _run(runs, report, changes)
    return _tried(runs, report, {**changes, **report.uncounted}) or _run(runs, report, changes)


def _run(runs: ReportRuns, report: Report, changes: Mapping[str, Any]) -> _Reading:
    answer = answer_of(runs.run(changes), report)
    finder = PersonFinder(answer.columns, report)
    finder.learn(answer.rows)
    return _Reading(runs, report, finder, answer, changes)


def _tried(runs: ReportRuns, report: Report, changes: Mapping[str, Any]) -> _Reading | None:
    """A run with columns that the report was not saved with; None when Salesforce does not allow that."""
    try:
        return _run(runs, report, changes)
    except (LimitReached, CredentialsRefused, NotFound):
        raise
    except Refused:
        return None


def _with_parting_columns(reading: _Reading) -> _Reading:
    """The same report with columns by which its rows can be told apart, where it lacks them and its type has them."""
    added = parting_columns(reading.report, reading.answer.columns)
    if not added:
        return reading
    details = reading.changes.get("detailColumns", reading.report.details)
    found = _tried(reading.runs, reading.report, {**reading.changes, "detailColumns": [*details, *added]})
    return found if found is not None and found.answer.total == reading.answer.total else reading


def _hold_to(count: int, answer: Answer) -> None:
    if answer.total is not None and answer.total != count:
        raise UnexpectedAnswer(f"Salesforce counts {answer.total:,} rows in this report and gave {count:,}.")
