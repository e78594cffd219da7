"""Signs Canvas launches as Salesforce does; knows no page that frames them and no application that reads them."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any

API_VERSION = "66.0"
DIMENSIONS = {"width": "100%", "height": "900px", "maxWidth": "2000px", "maxHeight": "2000px"}


@dataclass(frozen=True)
class CanvasApp:
    """The installed application: where it is framed, and the secret both sides share."""

    url: str
    client_id: str
    secret: str = field(repr=False)
    developer_name: str = "Real_Magnet"
    name: str = "Real Magnet"
    application_id: str = "06PHu0000000001MAA"
    reference_id: str = "09HHu0000000001MAA"


@dataclass(frozen=True)
class Placement:
    """Where on the site the frame stands; every placement has an instance of its own."""

    instance_id: str
    display_location: str | None
    location_url: str
    parameters: dict[str, Any] = field(default_factory=dict[str, Any])
    record: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Viewer:
    """Who is looking: the user's record, the organization, and a session of that user."""

    user: dict[str, Any]
    organization: dict[str, Any]
    instance_url: str
    session_id: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)  # only if the application's scopes include it


def sign(payload: dict[str, Any], consumer_secret: str) -> str:
    """The signature covers the base64 text, not the JSON under it."""
    body = base64.b64encode(json.dumps(payload, separators=(",", ":")).encode()).decode()
    mac = hmac.new(consumer_secret.encode(), body.encode(), hashlib.sha256).digest()
    return base64.b64encode(mac).decode() + "." + body


def canvas_request(app: CanvasApp, viewer: Viewer, placement: Placement) -> dict[str, Any]:
    """The document of one launch; it holds no nonce and no time, as the vendor's does not (``issuedAt`` is null)."""
    return {
        "algorithm": "HMACSHA256",
        "issuedAt": None,
        "userId": viewer.user["Id"],
        "client": {
            "clientId": app.client_id,
            "instanceId": placement.instance_id,
            "instanceUrl": viewer.instance_url,
            "targetOrigin": viewer.instance_url,
            "oauthToken": viewer.session_id,
            "refreshToken": viewer.refresh_token,
        },
        "context": {
            "application": _application(app),
            "user": _user(viewer.user),
            "organization": _organization(viewer.organization),
            "environment": _environment(placement),
            "links": _links(viewer),
        },
    }


def _application(app: CanvasApp) -> dict[str, Any]:
    return {
        "applicationId": app.application_id,
        "authType": "SIGNED_REQUEST",
        "canvasUrl": app.url.partition("#")[0],
        "developerName": app.developer_name,
        "isInstalledPersonalApp": False,
        "name": app.name,
        "namespace": "",
        "options": [],
        "referenceId": app.reference_id,
        "samlInitiationMethod": "None",
        "version": "1.0.0",
    }


def _user(user: dict[str, Any]) -> dict[str, Any]:
    return {
        "userId": user["Id"],
        "userName": user["Username"],
        "firstName": user.get("FirstName"),
        "lastName": user.get("LastName"),
        "fullName": user.get("Name"),
        "email": user.get("Email"),
        "language": user.get("LanguageLocaleKey") or "en_US",
        "locale": user.get("LocaleSidKey") or "en_US",
        "timeZone": user.get("TimeZoneSidKey") or "America/New_York",
        "profileId": user.get("ProfileId"),
        "roleId": user.get("UserRoleId"),
        "userType": "STANDARD",
        "currencyISOCode": "USD",
        "accessibilityModeEnabled": False,
        "isDefaultNetwork": False,
        "networkId": None,
        "siteUrl": None,
        "siteUrlPrefix": None,
        "profilePhotoUrl": "/profilephoto/005/F",
        "profileThumbnailUrl": "/profilephoto/005/T",
    }


def _organization(organization: dict[str, Any]) -> dict[str, Any]:
    return {
        "organizationId": organization["Id"],
        "name": organization.get("Name"),
        "namespacePrefix": None,
        "multicurrencyEnabled": False,
        "currencyIsoCode": "USD",
    }


def _environment(placement: Placement) -> dict[str, Any]:
    return {
        "displayLocation": placement.display_location,
        "subLocation": None,
        "locationUrl": placement.location_url,
        "uiTheme": "Theme3",
        "version": {"api": API_VERSION, "season": "SPRING"},
        "dimensions": {**DIMENSIONS, "clientWidth": "1000px", "clientHeight": "900px"},
        "parameters": placement.parameters,
        "record": placement.record,
    }


def _links(viewer: Viewer) -> dict[str, str]:
    data, organization = f"/services/data/v{API_VERSION}", str(viewer.organization["Id"])
    soap = "/services/Soap/{}/" + f"{API_VERSION}/{organization}"
    return {
        "restUrl": f"{data}/",
        "queryUrl": f"{data}/query/",
        "sobjectUrl": f"{data}/sobjects/",
        "searchUrl": f"{data}/search/",
        "recentItemsUrl": f"{data}/recent/",
        "userUrl": f"/{viewer.user['Id']}",
        "loginUrl": viewer.instance_url,
        "enterpriseUrl": soap.format("c"),
        "metadataUrl": soap.format("m"),
        "partnerUrl": soap.format("u"),
        "chatterFeedsUrl": f"{data}/chatter/feeds",
        "chatterFeedItemsUrl": f"{data}/chatter/feed-items",
        "chatterGroupsUrl": f"{data}/chatter/groups",
        "chatterUsersUrl": f"{data}/chatter/users",
    }
