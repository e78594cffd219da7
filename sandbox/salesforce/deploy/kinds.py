"""The types of metadata this org takes, and where each lies in an archive; it reads no file."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Kind:
    """``shape``: one XML file; files within folders; content beside its XML; a bundle of files in a folder of its own.

    ``since`` is the API version that knows the type first.
    """

    type: str
    folder: str
    suffix: str
    shape: Literal["file", "foldered", "content", "bundle"] = "file"
    since: float = 31.0


_KINDS = (
    Kind("CustomObject", "objects", "object"),
    Kind("ApexPage", "pages", "page", "content"),
    Kind("AuraDefinitionBundle", "aura", "cmp", "bundle", 32.0),
    Kind("LightningComponentBundle", "lwc", "js", "bundle", 45.0),
    Kind("ExternalClientApplication", "externalClientApps", "eca", since=59.0),
    Kind("ConnectedApp", "connectedApps", "connectedApp"),
    Kind("CustomTab", "tabs", "tab"),
    Kind("QuickAction", "quickActions", "quickAction"),
    Kind("FlexiPage", "flexipages", "flexipage"),
    Kind("CustomApplication", "applications", "app"),
    Kind("PermissionSet", "permissionsets", "permissionset"),
    Kind("Layout", "layouts", "layout"),
    Kind("ReportType", "reportTypes", "reportType"),
    Kind("Report", "reports", "report", "foldered"),
    Kind("Dashboard", "dashboards", "dashboard", "foldered"),
    Kind("CustomPermission", "customPermissions", "customPermission"),
    Kind("RemoteSiteSetting", "remoteSiteSettings", "remoteSite"),
    Kind("CspTrustedSite", "cspTrustedSites", "cspTrustedSite"),
    Kind("ExtlClntAppOauthSettings", "extlClntAppOauthSettings", "ecaOauth", since=59.0),
    Kind("ExtlClntAppGlobalOauthSettings", "extlClntAppGlobalOauthSets", "ecaGlblOauth", since=59.0),
    Kind("ExtlClntAppOauthConfigurablePolicies", "extlClntAppOauthPolicies", "ecaOauthPlcy", since=59.0),
    Kind("ExtlClntAppConfigurablePolicies", "extlClntAppPolicies", "ecaPlcy", since=59.0),
    Kind("ExtlClntAppCanvasSettings", "extlClntAppCanvasSettings", "ecaCanvas", since=66.0),
)
KINDS = {item.type: item for item in _KINDS}
BY_FOLDER = {item.folder: item for item in _KINDS}
CHILDREN = {
    "fields": "CustomField",
    "listViews": "ListView",
    "compactLayouts": "CompactLayout",
    "webLinks": "WebLink",
    "validationRules": "ValidationRule",
    "fieldSets": "FieldSet",
    "recordTypes": "RecordType",
}
"""What lies inside the file of an object and is a component of its own, ``Object.Name``."""
ORDER = (
    *("CustomObject", "CustomField", "ExternalClientApplication", "ConnectedApp", "ApexPage", "AuraDefinitionBundle"),
    *("LightningComponentBundle", "FlexiPage", "CustomTab", "CustomApplication", "CompactLayout", "ListView"),
    *("FieldSet", "RecordType", "ValidationRule", "WebLink", "QuickAction", "CustomPermission", "RemoteSiteSetting"),
    *(
        "CspTrustedSite",
        "Layout",
        "PermissionSet",
        "ReportType",
        "ReportFolder",
        "Report",
        "DashboardFolder",
        "Dashboard",
    ),
    *("ExtlClntAppOauthSettings", "ExtlClntAppGlobalOauthSettings", "ExtlClntAppOauthConfigurablePolicies"),
    *("ExtlClntAppConfigurablePolicies", "ExtlClntAppCanvasSettings"),
)
"""Each type after those that it can point at."""
