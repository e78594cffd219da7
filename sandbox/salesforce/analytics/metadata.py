"""A report's three blocks of metadata, as describe and every run show them; runs nothing."""

from sandbox.salesforce.access import Access
from sandbox.salesforce.analytics.definition import SCOPES, DateFilter, Definition, Filter, Grouping
from sandbox.salesforce.analytics.filters import operator_map
from sandbox.salesforce.analytics.types import Column, visible
from sandbox.salesforce.schema import Schema

_NONE_OF_THESE: dict[str, object] = {
    "buckets": [],
    "chart": None,
    "crossFilters": [],
    "currency": None,
    "customDetailFormula": None,
    "customSummaryFormula": None,
    "dashboardSetting": None,
    "division": None,
    "historicalSnapshotDates": [],
    "presentationOptions": {"hasStackedSummaries": True},
    "showGrandTotal": True,
    "showSubtotals": True,
    "standardFilters": [],
    "supportsRoleHierarchy": False,
    "topRows": None,
    "userOrHierarchyFilterId": None,
}
"""What no report of the stand-in has."""
_FOLDER = "00lHu0000000001MAA"


def _grouping(item: Grouping) -> dict[str, object]:
    order = "Desc" if item.descending else "Asc"
    return {"dateGranularity": "None", "name": item.column, "sortAggregate": None, "sortOrder": order}


def _filter(item: Filter) -> dict[str, object]:
    return {
        "column": item.column,
        "filterType": "fieldValue",
        "isRunPageEditable": True,
        "operator": item.operator,
        "value": item.value,
    }


def _dates(item: DateFilter) -> dict[str, object]:
    return {"column": item.column, "durationValue": item.duration, "endDate": item.end, "startDate": item.start}


def report_metadata(report: Definition, *, details: bool = True) -> dict[str, object]:
    own: dict[str, object] = {
        "aggregates": ["RowCount"],
        "description": report.description,
        "detailColumns": list(report.columns),
        "developerName": report.developer_name,
        "folderId": _FOLDER,
        "groupingsAcross": [_grouping(item) for item in report.across],
        "groupingsDown": [_grouping(item) for item in report.down],
        "hasDetailRows": details,
        "hasRecordCount": True,
        "id": report.id,
        "name": report.name,
        "reportBooleanFilter": report.logic,
        "reportFilters": [_filter(item) for item in report.filters],
        "reportFormat": report.format,
        "reportType": {"label": report.kind.label, "type": report.kind.name},
        "scope": report.scope,
        "sortBy": [
            {"sortColumn": item.column, "sortOrder": "Desc" if item.descending else "Asc"} for item in report.sort
        ],
        "standardDateFilter": _dates(report.dates),
    }
    return dict(sorted((_NONE_OF_THESE | own).items()))


def _info(column: Column) -> dict[str, object]:
    return {
        "dataType": column.data_type,
        "entityColumnName": column.path,
        "filterValues": [{"label": value, "name": value} for value in column.field.values],
        "filterable": True,
        "fullyQualifiedName": None,
        "inactiveFilterValues": [],
        "isLookup": column.lookup is not None,
        "label": column.label,
        "uniqueCountable": True,
    }


def extended_metadata(report: Definition) -> dict[str, object]:
    groupings = {
        item.column: {
            "dataType": report.column(item.column).data_type,
            "groupingLevel": level,
            "label": report.column(item.column).label,
        }
        for axis in (report.down, report.across)
        for level, item in enumerate(axis)
    }
    return {
        "aggregateColumnInfo": {
            "RowCount": {
                "acrossGroupingContext": None,
                "dataType": "int",
                "downGroupingContext": None,
                "label": "Record Count",
            }
        },
        "detailColumnInfo": {name: _info(report.column(name)) for name in report.columns},
        "groupingColumnInfo": groupings,
    }


def type_metadata(schema: Schema, access: Access, report: Definition) -> dict[str, object]:
    """Every column of the report type that this user sees, by section."""
    sections: dict[str, dict[str, object]] = {}
    for column in report.kind.columns.values():
        if visible(schema, access, report.kind, column):
            more = {"allowedInCustomDetailFormula": column.data_type != "id", "bucketable": False}
            shown = {key: value for key, value in _info(column).items() if key != "entityColumnName"}
            sections.setdefault(column.section, {})[column.name] = shown | more
    return {
        "categories": [{"columns": columns, "label": label} for label, columns in sections.items()],
        "dataTypeFilterOperatorMap": operator_map(),
        "divisionInfo": {"default": None, "values": []},
        "scopeInfo": {
            "default": "organization",
            "values": [
                {"allowsDivision": False, "default": name == "organization", "label": label, "value": name}
                for name, label in SCOPES.items()
            ],
        },
        "standardDateFilterDurationGroups": [
            {
                "label": "Custom",
                "standardDateFilterDurations": [
                    {"endDate": None, "label": "Custom", "startDate": None, "value": "CUSTOM"}
                ],
            }
        ],
        "standardFilterInfos": {},
    }
