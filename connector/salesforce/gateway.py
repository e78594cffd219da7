"""What the product says to a Salesforce org, in the product's words; it knows no HTTP and keeps nothing."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from connector.errors import CredentialsRefused, UnexpectedAnswer
from connector.model.audience import Found, SourceKind
from connector.model.bulk import BulkJob, Failure, Field, Success
from connector.model.reports import ReportPeople
from connector.salesforce import translate
from connector.salesforce.bulk import Bulk
from connector.salesforce.records import Records
from connector.salesforce.reports import Reports
from connector.salesforce.session import OrgSession
from connector.salesforce.sources import Sources
from connector.salesforce.tokens import TokenKeeper
from connector.salesforce.transport import PatientSession, origin, patiently
from connector.settings import Settings


class Salesforce:
    """One org, connected as one user. For one thread; every method raises our errors only."""

    def __init__(self, keeper: TokenKeeper, settings: Settings) -> None:
        self._session = OrgSession(keeper, settings)
        self._records = Records(self._session, settings.salesforce_api_version)
        self._bulk = Bulk(self._session, settings.poll_seconds)
        self._sources = Sources(self._session, self._records)
        self._reports = Reports(self._session, settings)

    @property
    def calls(self) -> Counter[str]:
        """How many requests were sent, by purpose: query, bulk, collections, describe, limits, reports, token."""
        return self._session.calls

    @property
    def usage(self) -> tuple[int, int] | None:
        """Used and allowed calls of the org's day, as the latest answer told."""
        return self._session.usage

    def query(self, soql: str, *, include_deleted: bool = False) -> Iterator[Sequence[Any]]:
        """The rows of a query, values in SELECT order, in pages of up to 2,000 as Salesforce likes."""
        return self._records.query(soql, include_deleted=include_deleted)

    def count(self, soql: str) -> int:
        """The answer of a `SELECT COUNT() FROM …`."""
        return self._records.count(soql)

    def bulk_query(
        self, soql: str, *, include_deleted: bool = False, wait: Callable[[float], None]
    ) -> Iterator[list[str]]:
        """The rows of a query of any size, in SELECT order; an empty string is null. `wait` sleeps, or raises to stop.

        Raises `Temporary` when it breaks off: ask from the start.
        """
        return self._bulk.query(soql, "queryAll" if include_deleted else "query", wait)

    def fields(self, object_name: str) -> dict[str, Field]:
        """The object's fields by name. Raises `NotFound` when the object is missing or hidden from this user."""
        return self._records.fields(object_name)

    def limits(self) -> dict[str, tuple[int, int]]:
        """Salesforce's allowances by name: most, and remaining."""
        return self._records.limits()

    def upsert(self, object_name: str, key_field: str, rows: Sequence[Mapping[str, Any]]) -> list[Success | Failure]:
        """Upsert up to 200 rows at once by their external key; what became of each, in their order."""
        return self._records.upsert(object_name, key_field, rows)

    def create_bulk_job(self, object_name: str, operation: str, key_field: str) -> str:
        """Open a bulk job; its id. Commit it with its rows before `complete`."""
        return self._bulk.create(object_name, operation, key_field)

    def upload(self, job_id: str, path: Path) -> None:
        """Send the job's one CSV file: UTF-8, LF, at most 100 MB."""
        self._bulk.upload(job_id, path)

    def complete(self, job_id: str) -> None:
        """Let Salesforce begin. Fine when it already has."""
        self._bulk.complete(job_id)

    def abort(self, job_id: str) -> None:
        """Stop a bulk job. Fine when it has ended or is gone."""
        self._bulk.abort(job_id)

    def bulk_job(self, job_id: str) -> BulkJob:
        """The bulk job as it stands. Raises `NotFound` when it is gone."""
        return self._bulk.job(job_id)

    def successes(self, job_id: str, key_field: str) -> Iterator[Success]:
        """The rows that Salesforce took, in no order. Raises `Temporary` when it breaks off: ask from the start."""
        return self._bulk.successes(job_id, key_field)

    def failures(self, job_id: str, key_field: str) -> Iterator[Failure]:
        """The rows that Salesforce refused, in no order. Raises `Temporary` when it breaks off: ask from the start."""
        return self._bulk.failures(job_id, key_field)

    def unprocessed(self, job_id: str, key_field: str) -> Iterator[str]:
        """The keys of the rows that an aborted or failed job never came to."""
        return self._bulk.unprocessed(job_id, key_field)

    def open_jobs(self) -> list[BulkJob]:
        """Every ingest job of the org that has not ended, ours and other people's: abort only what is known as ours."""
        return self._bulk.open_jobs()

    def campaigns(self, text: str) -> list[Found]:
        """At most 20 Campaigns with this text in their name, newest first; any for no text."""
        return self._sources.campaigns(text)

    def reports(self, text: str) -> list[Found]:
        """At most 20 Reports with this text in their name, newest first; a joined one says why it cannot be used."""
        return self._sources.reports(text)

    def list_views(self, text: str) -> list[Found]:
        """At most 20 list views of Contacts and Leads with this text in their name, by name."""
        return self._sources.list_views(text)

    def campaign_statuses(self, campaign_id: str) -> list[str]:
        """The member statuses of a Campaign, in its own order."""
        return self._sources.campaign_statuses(campaign_id)

    def source(self, kind: SourceKind, source_id: str, object_name: str = "") -> Found:
        """A Campaign, Report or list view as it is called now. Raises `NotFound` when it is deleted or hidden."""
        return self._sources.source(kind, source_id, object_name)

    def list_view_tail(self, object_name: str, view_id: str) -> str:
        """A list view's query from FROM on, ready for a SELECT list in front.

        "My" lists are those of the connected user. Raises `Refused` for a view that is no query, `NotFound` when gone.
        """
        return self._sources.list_view_tail(object_name, view_id)

    def report_people(self, report_id: str, wait: Callable[[float], None]) -> ReportPeople:
        """Everybody in a report, read whole and counted before this returns. `wait` sleeps, or raises to stop.

        Raises `NotFound` when it is gone, `LimitReached` when the hour's runs are used up, `Refused` with the reason
        when it names nobody or cannot be read to its end, `Temporary` when it changed while it was read.
        """
        return self._reports.people(report_id, wait)

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()


def userinfo(settings: Settings, instance_url: str, access_token: str) -> dict[str, Any]:
    """Who a token belongs to: user_id, organization_id (18 characters), active …

    Raises `CredentialsRefused` for a token that Salesforce does not know, `Misconfigured` for a strange address.
    """
    address = origin(instance_url, settings) + "/services/oauth2/userinfo"
    headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}
    with PatientSession(settings) as http:
        answer = patiently("GET", lambda: http.send_once("GET", address, headers=headers))
    if answer.status_code in {401, 403}:
        raise CredentialsRefused("Salesforce does not know this access token.", advice=translate.RECONNECT)
    if answer.status_code != 200:  # noqa: PLR2004 - the one good answer
        raise translate.refusal(answer)
    try:
        found = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise UnexpectedAnswer("Salesforce's answer about a user could not be read.")
    return found
