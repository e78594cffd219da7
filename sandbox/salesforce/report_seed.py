"""The reports of the ordinary demo: one of each kind that an upload meets, the useless ones among them."""

from collections.abc import Mapping
from typing import Any

from sandbox.salesforce.analytics.store import prepare, save_definition
from sandbox.salesforce.ids import make_ids
from sandbox.salesforce.loading import load_rows
from sandbox.salesforce.org import Org

FOLDER = "Public Reports"
FORMATS = {"TABULAR": "Tabular", "SUMMARY": "Summary", "MATRIX": "Matrix", "MULTI_BLOCK": "MultiBlock"}
"""How a report's format is spelled in its row."""


def _filter(column: str, operator: str, value: str) -> dict[str, str]:
    return {"column": column, "operator": operator, "value": value}


def _report(kind: str, form: str, columns: str, **more: Any) -> dict[str, Any]:
    return {"reportType": kind, "reportFormat": form, "detailColumns": columns.split(), **more}


def _by(*names: str) -> list[dict[str, str]]:
    return [{"name": name, "sortOrder": "Asc"} for name in names]


_WITH_EMAIL = [_filter("EMAIL", "notEqual", "")]
_SPRING = [_filter("CAMPAIGN_NAME", "equals", "Spring Conference")]
REPORTS: dict[str, dict[str, Any]] = {
    "Contacts with e-mail": _report(
        "ContactList", "TABULAR", "CONTACT_ID FIRST_NAME LAST_NAME EMAIL PHONE3", reportFilters=_WITH_EMAIL
    ),
    "Leads by source": _report(
        "LeadList", "SUMMARY", "LEAD_ID FULL_NAME EMAIL COMPANY", groupingsDown=_by("LEAD_SOURCE", "STATUS")
    ),
    "Campaign members": _report(
        "CampaignWithCampaignMembers",
        "TABULAR",
        "CAMPAIGN_NAME MEMBER_STATUS CONTACT_ID LEAD_ID FIRST_NAME LAST_NAME EMAIL",
        reportFilters=_SPRING,
    ),
    "Contacts by name": _report(
        "ContactList",
        "TABULAR",
        "FULL_NAME EMAIL CREATED_DATE",
        reportFilters=[_filter("LAST_NAME", "startsWith", "M,N,O")],
        sortBy=[{"sortColumn": "FULL_NAME", "sortOrder": "Asc"}],
    ),
    "E-mail addresses only": _report(
        "ContactList",
        "TABULAR",
        "FIRST_NAME LAST_NAME EMAIL",
        reportFilters=[_filter("EMAIL", "contains", "@club.example")],
    ),
    "Leads by status and source": _report(
        "LeadList",
        "MATRIX",
        "LEAD_ID FULL_NAME EMAIL",
        groupingsDown=_by("STATUS"),
        groupingsAcross=_by("LEAD_SOURCE"),
        reportFilters=[_filter("CONVERTED", "equals", "False")],
    ),
    "Conference guests one by one": _report(
        "CampaignWithCampaignMembers",
        "SUMMARY",
        "CAMPAIGN_NAME MEMBER_STATUS",
        groupingsDown=_by("MEMBER_NAME"),
        reportFilters=_SPRING,
    ),
    "Members and their accounts": _report(
        "Members_and_Accounts__c", "TABULAR", "Contact$Id Contact$FirstName Contact$LastName Contact$Email",
        reportFilters=[_filter("Contact$LastName", "startsWith", "S")],
    ),
    "Contacts beside Leads": _report("ContactList", "MULTI_BLOCK", "CONTACT_ID EMAIL"),
    "Accounts": _report("AccountList", "TABULAR", "ACCOUNT.NAME PHONE1 ADDRESS1_CITY"),
    "Campaigns": _report("CampaignList", "TABULAR", "CAMPAIGN_NAME ACTIVE CREATED_DATE"),
}  # fmt: skip


def developer_name(name: str) -> str:
    """``Contacts with e-mail`` becomes ``Contacts_with_e_mail``."""
    return "".join(letter if letter.isalnum() else "_" for letter in name)


def load_reports(org: Org, reports: Mapping[str, Mapping[str, Any]] = REPORTS) -> list[str]:
    """Add reports; answers their ids in order."""
    ids = list(make_ids("00O", org.database.reserve("00O", len(reports)), len(reports)))
    named = list(zip(ids, reports.items(), strict=True))
    rows = (
        (report_id, name, developer_name(name), FORMATS[found["reportFormat"]], FOLDER)
        for report_id, (name, found) in named
    )
    load_rows(org, "Report", ("Id", "Name", "DeveloperName", "Format", "FolderName"), rows)
    with org.database.writing() as connection:
        prepare(connection)
        for report_id, (_, found) in named:
            save_definition(connection, report_id, found)
    return ids
