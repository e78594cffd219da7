"""What the product says to a Salesforce org, in the product's words; it knows no HTTP and keeps nothing."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from connector.errors import CredentialsRefused, NotFound, UnexpectedAnswer
from connector.model.audience import Found, SourceKind
from connector.model.bulk import BulkJob, Failure, Field, Success
from connector.model.connection import Deployment, ObjectShape, SalesforceUser
from connector.model.reports import ReportPeople
from connector.salesforce import translate
from connector.salesforce.administration import Administration
from connector.salesforce.bulk import Bulk
from connector.salesforce.deploying import Deploying
from connector.salesforce.records import Records
from connector.salesforce.reports import Reports
from connector.salesforce.session import OrgSession
from connector.salesforce.sources import Sources
from connector.salesforce.tokens import TokenKeeper
from connector.salesforce.transport import PatientSession, origin, patiently
from connector.settings import Settings

TELL_EVERY = 60.0
"""Seconds between two counts of calls while a run is under way."""

Tally = Callable[[Mapping[str, int], tuple[int, int] | None], bool]
"""Keeps calls by purpose, and used and allowed calls of the org's day; False when it could not."""


class Salesforce:
    """One org, connected as one user. For one thread; every method raises our errors only."""

    def __init__(self, keeper: TokenKeeper, settings: Settings, tally: Tally | None = None) -> None:
        self._tally = tally
        self._told, self._told_at = Counter[str](), time.monotonic()
        self._session = OrgSession(keeper, settings)
        self._records = Records(self._session, settings.salesforce_api_version)
        self._bulk = Bulk(self._session, settings.poll_seconds)
        self._sources = Sources(self._session, self._records)
        self._reports = Reports(self._session, settings)
        self._deploying = Deploying(self._session)
        self._administration = Administration(self._session, self._records)

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

    def query_several(self, soqls: Sequence[str]) -> list[list[tuple[Any, ...]]]:
        """The rows of several small queries, values in SELECT order, for a fifth of the calls."""
        return self._records.query_several(soqls)

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

    def retrieve(self, object_name: str, ids: Sequence[str], names: Sequence[str]) -> list[dict[str, Any]]:
        """What up to 2,000 rows of an object say in these fields, each with its Id; rows that are gone are left out."""
        return self._records.retrieve(object_name, ids, names)

    def delete(self, ids: Sequence[str]) -> list[Success | Failure]:
        """Delete up to 200 rows of ours at once, into the recycle bin; what became of each, in their order."""
        return self._records.delete(ids)

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

    def shape(self, object_name: str) -> ObjectShape:
        """An object as the connected user may see and change it. Raises `NotFound` when missing or hidden."""
        found = self._records.shapes([object_name])
        if object_name not in found:
            raise NotFound(f"Salesforce does not show us {object_name}.", advice=translate.RIGHTS)
        return found[object_name]

    def shapes(self, object_names: Sequence[str]) -> dict[str, ObjectShape]:
        """At most 25 objects by one call; those that are missing, or hidden from this user, are left out."""
        return self._records.shapes(object_names)

    def deploy(self, package: bytes) -> str:
        """Let Salesforce deploy a zip with package.xml at its root; the deployment's id.

        Raises `Refused` when this user may not deploy.
        """
        return self._deploying.begin(package)

    def deployment(self, deployment_id: str) -> Deployment:
        """A deployment as it stands. Raises `NotFound` when Salesforce does not know it any more."""
        return self._deploying.state(deployment_id)

    def user(self, user_id: str) -> SalesforceUser:
        """One user. Raises `NotFound` when Salesforce does not show him."""
        for found in self._administration.users([user_id]):
            return found
        raise NotFound("Salesforce does not show us this user.", advice=translate.RIGHTS)

    def users(self, user_ids: Iterable[str]) -> list[SalesforceUser]:
        """These users as they are now, in no order; those that Salesforce does not show are left out."""
        return self._administration.users(user_ids)

    def permission_set_ids(self, names: Iterable[str]) -> dict[str, str]:
        """Name → id of those of these permission sets that there are."""
        return self._administration.permission_set_ids(names)

    def assign(self, user_id: str, permission_set_id: str) -> None:
        """Give a user a permission set; fine when he has it. Raises `Refused` when the connected user may not."""
        self._administration.assign(user_id, permission_set_id)

    def validation_rules(self, object_names: Iterable[str]) -> dict[str, list[str]] | None:
        """Object → names of its active validation rules; None when they are not shown to the connected user."""
        return self._administration.validation_rules(object_names)

    def duplicate_rules(self, object_names: Iterable[str]) -> dict[str, list[str]] | None:
        """Object → labels of its active duplicate rules; None when they are not shown to the connected user."""
        return self._administration.duplicate_rules(object_names)

    def me(self) -> dict[str, Any]:
        """Who the connected user is: user_id, organization_id, preferred_username, name …"""
        return _object(translate.parsed(self._session.request("GET", "/services/oauth2/userinfo").content))

    def tell(self) -> None:
        """Have the calls since the last time counted, at most once a minute. Not inside a transaction: it writes."""
        if time.monotonic() - self._told_at >= TELL_EVERY:
            self._tell()

    def _tell(self) -> None:
        fresh = self.calls - self._told
        if self._tally is not None and fresh and self._tally(fresh, self.usage):
            self._told += fresh
        self._told_at = time.monotonic()

    def close(self) -> None:
        """Have the last calls counted, and give the connections back."""
        self._tell()
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
    return _object(translate.parsed(answer.content))


def _object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise UnexpectedAnswer("Salesforce's answer about a user could not be read.")
    return body
