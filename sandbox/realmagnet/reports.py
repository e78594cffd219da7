"""The list of reports and what one asks for; running one is the tracking module's business."""

from typing import Any

from sandbox.realmagnet.call import Call
from sandbox.realmagnet.tracking import CLICK_REPORT


def get_reports(call: Call) -> list[dict[str, Any]]:
    """The shape is assumed."""
    _ = call
    return [{"ReportId": CLICK_REPORT, "ReportName": "Clicks by recipient"}]


def get_report_metadata(call: Call) -> dict[str, Any]:
    """The shape is assumed; a report that does not exist has no parameters."""
    report = call.body.integer("ReportId")
    parameters = [{"Name": "@MessageId", "Type": "int"}] if report == CLICK_REPORT else []
    return {"Parameters": parameters, "ReportId": report}
