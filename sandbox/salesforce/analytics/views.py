"""The addresses of the Analytics REST API: list, describe, run, run in the background, and the Excel file."""

from typing import Any

from flask import Blueprint, Response, g, request

from sandbox.salesforce.analytics.definition import JOINED, Definition, changed
from sandbox.salesforce.analytics.execution import ZONE, as_seen, run
from sandbox.salesforce.analytics.instances import Instances
from sandbox.salesforce.analytics.metadata import extended_metadata, report_metadata, type_metadata
from sandbox.salesforce.analytics.quotas import Quotas
from sandbox.salesforce.analytics.refusals import bad_request, forbidden, runs_used_up
from sandbox.salesforce.analytics.results import Caller, attributes, report_url, result
from sandbox.salesforce.analytics.store import Reports
from sandbox.salesforce.analytics.workbook import MIME, workbook
from sandbox.salesforce.gate import access, answer, backstage, drop_version, json_body


def _caller() -> Caller:
    return Caller(access(), g.version)


def _details() -> bool:
    return request.args.get("includeDetails", "false").lower() == "true"


def _body() -> Any:
    """What the caller changes for this run; no body changes nothing. Raises ApiError."""
    if request.content_length or request.content_type:
        return json_body()
    return None


def _check_right() -> None:
    """Raises ApiError for a user who may not run reports."""
    if not access().runs_reports:
        raise forbidden()


class Desk:
    """What the views of one org share."""

    def __init__(self, reports: Reports, instances: Instances, quotas: Quotas) -> None:
        self.reports = reports
        self.instances = instances
        self.quotas = quotas

    def report(self, report_id: str, *, run: bool = False) -> Definition:
        found = self.reports.find(report_id)
        self.reports.seen(access().user_id, found.id, run=run)
        return found

    def count(self, kind: str) -> None:
        """Raises ApiError when the hour's runs are gone."""
        if not self.quotas.take(kind):
            raise runs_used_up("synchronous" if kind == "sync" else "asynchronous")


def analytics_blueprint(reports: Reports, instances: Instances, quotas: Quotas) -> Blueprint:
    pages = Blueprint("analytics", __name__, url_prefix="/services/data/<version>/analytics/reports")
    pages.url_value_preprocessor(drop_version)
    pages.before_request(_check_right)
    desk = Desk(reports, instances, quotas)
    _add_list(pages, desk)
    _add_runs(pages, desk)
    _add_instances(pages, desk)
    return pages


def _add_list(pages: Blueprint, desk: Desk) -> None:
    @pages.get("", strict_slashes=False)
    def recent() -> Response:
        listed: list[dict[str, str]] = []
        for known in desk.reports.recent(access().user_id):
            url = report_url(g.version, known.id)
            listed.append(
                {
                    "describeUrl": f"{url}/describe",
                    "fieldsUrl": f"{url}/fields",
                    "id": known.id,
                    "instancesUrl": f"{url}/instances",
                    "name": known.name,
                    "url": url,
                }
            )
        return answer(listed)

    @pages.get("/<report_id>/describe", strict_slashes=False)
    def describe(report_id: str) -> Response:
        report = as_seen(backstage().org, access(), desk.report(report_id))
        return answer(
            {
                "attributes": attributes(g.version, report),
                "reportExtendedMetadata": extended_metadata(report),
                "reportMetadata": report_metadata(report),
                "reportTypeMetadata": type_metadata(backstage().org.schema, access(), report),
            }
        )


def _add_runs(pages: Blueprint, desk: Desk) -> None:
    @pages.get("/<report_id>", strict_slashes=False)
    def run_saved(report_id: str) -> Response:
        report = desk.report(report_id, run=True)
        desk.count("sync")
        if MIME in request.headers.get("Accept", ""):
            return _excel(report)
        return answer(result(backstage().org, _caller(), report, details=_details()))

    @pages.post("/<report_id>", strict_slashes=False)
    def run_changed(report_id: str) -> Response:
        report = changed(desk.report(report_id, run=True), _body())
        desk.count("sync")
        return answer(result(backstage().org, _caller(), report, details=_details()))


def _excel(report: Definition) -> Response:
    """assumed: a joined report has no such file."""
    if report.format == JOINED:
        raise bad_request("Joined reports can't be exported.")
    org = backstage().org
    report = as_seen(org, access(), report)
    now = org.clock.now().astimezone(ZONE)
    file = workbook(report, run(org, access(), report), now)
    name = "".join(letter if letter.isascii() and letter not in '"\\' else "_" for letter in report.name)
    headers = {"Content-Disposition": f'attachment; filename="{name}-{now:%Y-%m-%d-%H-%M-%S}.xlsx"'}
    return Response(file, headers=headers, content_type=MIME)


def _add_instances(pages: Blueprint, desk: Desk) -> None:
    @pages.post("/<report_id>/instances", strict_slashes=False)
    def order(report_id: str) -> Response:
        report = changed(desk.report(report_id, run=True), _body())
        desk.count("async")
        made = desk.instances.order(_caller(), report, details=_details())
        return answer(desk.instances.summary(made, g.version))

    @pages.get("/<report_id>/instances", strict_slashes=False)
    def ordered(report_id: str) -> Response:
        found = desk.instances.of(desk.reports.find(report_id), _caller())
        return answer([desk.instances.summary(item, g.version) for item in found])

    @pages.get("/<report_id>/instances/<run_id>", strict_slashes=False)
    def instance(report_id: str, run_id: str) -> Response:
        found, text = desk.instances.find(desk.reports.find(report_id), _caller(), run_id)
        return answer(desk.instances.body(found, text, g.version))
