"""The body of a run: attributes, fact map, groupings, metadata; the same at once and in the background."""

from dataclasses import dataclass

from sandbox.salesforce.access import Access
from sandbox.salesforce.analytics.cells import Reader
from sandbox.salesforce.analytics.definition import JOINED, TABULAR, Definition
from sandbox.salesforce.analytics.execution import ZONE, as_seen, run
from sandbox.salesforce.analytics.facts import Facts
from sandbox.salesforce.analytics.metadata import extended_metadata, report_metadata
from sandbox.salesforce.org import Org


@dataclass(frozen=True)
class Caller:
    """Who runs a report, by which version of the API."""

    access: Access
    version: str  # "v66.0"

    @property
    def reader(self) -> Reader:
        return Reader(ZONE, int(self.version[1:].partition(".")[0]))


def report_url(version: str, report_id: str) -> str:
    return f"/services/data/{version}/analytics/reports/{report_id}"


def attributes(version: str, report: Definition) -> dict[str, str]:
    base = report_url(version, report.id)
    return {
        "describeUrl": f"{base}/describe",
        "instancesUrl": f"{base}/instances",
        "reportId": report.id,
        "reportName": report.name,
        "type": "Report",
    }


def result(org: Org, caller: Caller, report: Definition, *, details: bool) -> dict[str, object]:
    """Run a report and shape its answer. Raises ApiError.

    assumed: a joined report answers without rows, for its blocks are not told through this address.
    """
    report = as_seen(org, caller.access, report)
    details = details and report.format != JOINED
    facts = Facts(report, caller.reader, details=details)
    facts.fill(run(org, caller.access, report))
    return {
        "attributes": attributes(caller.version, report),
        "allData": not facts.cut,
        "factMap": facts.as_json(),
        "groupingsAcross": {"groupings": facts.across.as_json()},
        "groupingsDown": {"groupings": facts.down.as_json()},
        "hasDetailRows": details,
        "hasExceededTabularRowLimit": facts.cut and report.format == TABULAR,
        "picklistColors": {},
        "reportExtendedMetadata": extended_metadata(report),
        "reportMetadata": report_metadata(report, details=details),
    }
