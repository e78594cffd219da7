"""Opens the source of an upload job in Salesforce and gives its rows, whatever kind it is; it checks nobody."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from connector.errors import CredentialsRefused, LimitReached, NotFound, Refused
from connector.model.audience import PersonRef, Rule, Source, SourceKind
from connector.model.runs import Trigger
from connector.salesforce.query_text import tail_of
from connector.salesforce.translate import plain_code
from connector.store import memberships, upload_terms
from connector.store.database import CHUNK
from connector.uploads.entry import Entry
from connector.uploads.fields import OPT_OUT, layout
from connector.uploads.job_work import JobWork
from connector.uploads.people_of import Finder, Wait, people_of
from connector.uploads.selections import MEMBER, Layouts, campaign_tail, entries, kinds_of, selection

_LOOK = "Choose another source in the upload job, or an administrator lets the integration user see this one."
_MEND = "Look at it in Salesforce, then run the upload job again; or choose another source in the job."
_SHOW = "An administrator lets the integration user see this field, or somebody takes it out of the field mapping."
_REWRITE = "Whoever wrote the query corrects it in the upload job."


@dataclass(frozen=True)
class Opened:
    """A source that is being read: its rows, once; how many are expected (0: unknown); and how it is read, in words."""

    layouts: Layouts
    entries: Iterator[Entry]
    total: int
    note: str


def open_source(work: JobWork, wait: Wait) -> Opened:
    """Begin to read the source of the work's definition; of a run that tries rows again, the people of those rows.

    `wait` sleeps, or raises to stop.
    Raises `NotFound` and `Refused` by the source's name, here and while its rows are read; `Misconfigured` for fields.
    """
    source = work.definition.source
    with work.database.read() as connection:
        terms = upload_terms.of(connection, work.run_id)
    with by_name(source):
        if terms.trigger is Trigger.RETRY:
            return _again(work, terms.about_run or 0, wait)
        return _report(work, wait) if source.kind is SourceKind.REPORT else _selection(work, wait)


def _selection(work: JobWork, wait: Wait) -> Opened:
    source = work.definition.source
    object_name, tail = _tail(work, source)
    layouts = _layouts(work, kinds_of(object_name))
    soql = selection(object_name, tail, layouts)
    total = work.salesforce.count(f"SELECT COUNT() {tail}") if source.kind is SourceKind.CAMPAIGN else 0
    rows = work.salesforce.bulk_query(soql, wait=wait)
    people = entries(object_name, rows, layouts, _opt_out(work))
    return Opened(layouts, _named(source, people), total, f"Read by the query {soql}")


def _tail(work: JobWork, source: Source) -> tuple[str, str]:
    if source.kind is SourceKind.QUERY:
        return tail_of(source.soql)
    if source.kind is SourceKind.LIST_VIEW:
        return source.object_name, work.salesforce.list_view_tail(source.object_name, source.id)
    work.salesforce.source(source.kind, source.id)
    return MEMBER, campaign_tail(source)


def _report(work: JobWork, wait: Wait) -> Opened:
    source = work.definition.source
    layouts = _layouts(work, kinds_of(MEMBER))
    found = work.salesforce.report_people(source.id, wait)
    rows = people_of(Finder(work.salesforce, layouts, wait, _opt_out(work)), found.rows)
    return Opened(layouts, _named(source, rows), found.total or 0, f"Read by {found.way}")


def _again(work: JobWork, about_run: int, wait: Wait) -> Opened:
    """Nobody is taken as they were then: consent, addresses and whole people may be gone since."""
    source = work.definition.source
    layouts = _layouts(work, kinds_of(_object_of(source)))
    with work.database.read() as connection:
        total = memberships.refused(connection, about_run)
    finder = Finder(work.salesforce, layouts, wait, _opt_out(work), again=True)
    rows = people_of(finder, _refused(work, about_run))
    return Opened(layouts, _named(source, rows), total, f"Read by the Salesforce ids of what Run {about_run} rejected")


def _refused(work: JobWork, about_run: int) -> Iterator[PersonRef]:
    after = 0
    while True:
        with work.database.read() as connection:
            rows = memberships.refused_people(connection, about_run, after, CHUNK)
        if not rows:
            return
        yield from (PersonRef(row["person_id"], name=row["name"]) for row in rows)
        after = rows[-1]["place"]


def _object_of(source: Source) -> str:
    if source.kind is SourceKind.QUERY:
        return tail_of(source.soql)[0]
    return source.object_name if source.kind is SourceKind.LIST_VIEW else MEMBER


def _opt_out(work: JobWork) -> str:
    """The field that says who wants no mail; empty while nobody asks."""
    return OPT_OUT[work.definition.channel] if Rule.OPTED_OUT in work.definition.rules else ""


def _layouts(work: JobWork, kinds: tuple[str, ...]) -> Layouts:
    return {kind: layout(work.salesforce, work.definition, kind) for kind in kinds}


def _named(source: Source, rows: Iterator[Entry]) -> Iterator[Entry]:
    with by_name(source):
        yield from rows


@contextmanager
def by_name(source: Source) -> Generator[None]:
    """What Salesforce refuses about a source, said by the name that the job knows it by."""
    name = "The query" if source.kind is SourceKind.QUERY else f"The {source.kind.value} “{source.name}”"
    try:
        yield
    except NotFound as error:
        raise NotFound(
            f"{name} was deleted, or the integration user may not see it.", code=error.code, advice=_LOOK
        ) from error
    except (CredentialsRefused, LimitReached):
        raise
    except Refused as error:
        hidden = source.kind is not SourceKind.QUERY and plain_code(error.code) == "INVALIDFIELD"
        advice = error.advice or (_SHOW if hidden else _REWRITE if source.kind is SourceKind.QUERY else _MEND)
        raise Refused(f"{name} cannot be read. {error}", code=error.code, advice=advice) from error
