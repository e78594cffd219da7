"""What the API tells about itself: its versions, its resources, its limits, its row counts."""

from typing import TYPE_CHECKING

from flask import Blueprint, Response, current_app, g, request

from sandbox.salesforce import storage
from sandbox.salesforce.gate import access, answer, backstage, drop_version
from sandbox.salesforce.options import NEWEST, OLDEST

if TYPE_CHECKING:
    from sandbox.salesforce.analytics.quotas import Quotas

roots = Blueprint("roots", __name__, url_prefix="/services/data")
roots.url_value_preprocessor(drop_version)


_SEASONS = ("Winter", "Spring", "Summer")
_RESOURCES = (
    "sobjects",
    "query",
    "queryAll",
    "limits",
    "composite",
    "jobs",
    "search",
    "recent",
    "analytics",
    "metadata",
    "tooling",
)


def _label(version: int) -> str:
    """66 is Spring '26; three releases a year."""
    season = _SEASONS[(version - 65) % 3]
    return f"{season} '{26 + (version - 65) // 3:02d}"


@roots.get("/", strict_slashes=False)
def versions() -> Response:
    return answer(
        [
            {"label": _label(number), "url": f"/services/data/v{number}.0", "version": f"{number}.0"}
            for number in range(OLDEST, NEWEST + 1)
        ]
    )


@roots.get("/<version>/", strict_slashes=False)
def resources() -> Response:
    return answer({name: f"/services/data/{g.version}/{name}" for name in _RESOURCES})


def _pair(maximum: int, used: int = 0) -> dict[str, int]:
    return {"Max": maximum, "Remaining": max(0, maximum - used)}


@roots.get("/<version>/limits", strict_slashes=False)
def limits() -> Response:
    """The allowances a connector reads; calls and report runs are counted, storage is estimated at 2 KB a row."""
    stage = backstage()
    quotas: Quotas = current_app.extensions["report_quotas"]
    runs = {
        name: quotas.state(kind)
        for name, kind in (("HourlySyncReportRuns", "sync"), ("HourlyAsyncReportRuns", "async"))
    }
    return answer(
        {
            "ConcurrentAsyncGetReportInstances": _pair(200),
            "ConcurrentSyncReportRuns": _pair(20),
            "DailyApiRequests": _pair(stage.calls.maximum, stage.calls.used),
            "DailyBulkApiBatches": _pair(15_000),
            "DailyBulkV2QueryFileStorageMB": _pair(976_562),
            "DailyBulkV2QueryJobs": _pair(10_000),
            "DailyDeliveredPlatformEvents": _pair(25_000),
            "DataStorageMB": _pair(storage.maximum(stage.org), storage.used(stage.org)),
            "FileStorageMB": _pair(10_240),
            **{name: _pair(found.maximum, found.used) for name, found in runs.items()},
            "PermissionSets": {**_pair(1_500), "CreateCustom": _pair(1_000)},
        }
    )


@roots.get("/<version>/limits/recordCount")
def record_count() -> Response:
    org = backstage().org
    wanted = [name for name in request.args.get("sObjects", "").split(",") if name]
    readable = [item for item in org.schema if access().object_rights(item).read]
    found = [item for item in readable if not wanted or item.name.lower() in {name.lower() for name in wanted}]
    return answer({"sObjects": [{"count": org.count(item.name), "name": item.name} for item in found]})
