"""Checks a whole archive against the org, component by component, in the order in which they rest on each other."""

from collections.abc import Callable, Iterator

from sandbox.salesforce.deploy import (
    app_checks,
    layout_checks,
    object_checks,
    page_checks,
    permission_checks,
    report_checks,
)
from sandbox.salesforce.deploy.archive import Archive, Component, Problem
from sandbox.salesforce.deploy.kinds import ORDER
from sandbox.salesforce.deploy.target import Target

Check = Callable[[Target, Component], Iterator[Problem]]
_CHECKS: dict[str, Check] = {
    "CustomObject": object_checks.check_object,
    "CustomField": object_checks.check_field,
    "ListView": page_checks.check_list_view,
    "CompactLayout": page_checks.check_fields_of,
    "FieldSet": page_checks.check_fields_of,
    "WebLink": page_checks.check_web_link,
    "CustomTab": page_checks.check_tab,
    "CustomApplication": page_checks.check_application,
    "QuickAction": page_checks.check_quick_action,
    "FlexiPage": page_checks.check_flexi_page,
    "ApexPage": page_checks.check_page,
    "AuraDefinitionBundle": page_checks.check_bundle,
    "Layout": layout_checks.check_layout,
    "PermissionSet": permission_checks.check_permission_set,
    "ReportType": report_checks.check_report_type,
    "ReportFolder": report_checks.check_folder,
    "DashboardFolder": report_checks.check_folder,
    "Report": report_checks.check_report,
    "Dashboard": report_checks.check_dashboard,
    "ConnectedApp": app_checks.check_connected_app,
    "ExternalClientApplication": app_checks.check_app,
    "ExtlClntAppOauthSettings": app_checks.check_oauth,
    "ExtlClntAppGlobalOauthSettings": app_checks.check_global_oauth,
    "ExtlClntAppOauthConfigurablePolicies": app_checks.check_policies,
    "ExtlClntAppConfigurablePolicies": app_checks.check_part,
    "ExtlClntAppCanvasSettings": app_checks.check_canvas,
}


def check_archive(target: Target, archive: Archive) -> list[Problem]:
    """Every problem. What is bad leaves ``target.incoming``, so that what rests on it is bad too."""
    problems = list(archive.problems)
    rank = {kind: place for place, kind in enumerate(ORDER)}
    for item in sorted(archive.components.values(), key=lambda item: rank.get(item.type, len(rank))):
        check = _CHECKS.get(item.type)
        found = list(check(target, item)) if check is not None else []
        if any(not problem.warning for problem in found):
            target.incoming.pop(item.key, None)
        problems += found
    return problems
