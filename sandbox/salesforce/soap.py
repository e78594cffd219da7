"""SOAP login(), the legacy way in: gone from version 65.0, faults with HTTP 500 as the vendor sends them."""

import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape

from flask import Blueprint, Response, request

from sandbox.salesforce.gate import Backstage, backstage
from sandbox.salesforce.oauth.passwords import api_password_fits, second_factor_asked
from sandbox.salesforce.oauth.security import IP_RESTRICTED, SOAP_LOGIN, is_on

soap = Blueprint("soap", __name__)
_FIRST_WITHOUT_LOGIN = 65
_PARTNER = "{urn:partner.soap.sforce.com}"
_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope'
    ' xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"{more}'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>'
)
_WRONG = "Invalid username, password, security token; or user locked out."
_DISABLED = (
    "SOAP API login() is disabled by default in this org. Contact the org administrator to enable SOAP API login()."
)
_SECOND_FACTOR = (  # assumed: the fault that a user of the screens gets where the API asks for a second factor, too
    f"{_WRONG} Are you at a new location? When accessing Salesforce--either via a desktop client or the API--from"
    " outside of your company's trusted networks, you must add a security token to your password to log in."
)
_NETWORK = "The user is not allowed to log in from this IP address."  # assumed: text
_FAULTS = ' xmlns:sf="urn:fault.partner.soap.sforce.com"'


def _fault(code: str, message: str) -> Response:
    text = escape(message)
    body = (
        f"<soapenv:Fault><faultcode>{code}</faultcode><faultstring>{code}: {text}</faultstring><detail>"
        f'<sf:LoginFault xsi:type="sf:LoginFault"><sf:exceptionCode>{code}</sf:exceptionCode>'
        f"<sf:exceptionMessage>{text}</sf:exceptionMessage></sf:LoginFault></detail></soapenv:Fault>"
    )
    return Response(_ENVELOPE.format(more=_FAULTS, body=body), 500, content_type="text/xml;charset=UTF-8")


def _credentials() -> tuple[str, str] | None:
    try:
        root = ET.fromstring(request.get_data())  # noqa: S314 - a stand-in on loopback, fed by our own tests
    except ET.ParseError:
        return None
    login = next(root.iter(f"{_PARTNER}login"), None)
    if login is None:
        return None
    return login.findtext(f"{_PARTNER}username") or "", login.findtext(f"{_PARTNER}password") or ""


@soap.post("/services/Soap/u/<version>")
def login(version: str) -> Response:
    number = version.removesuffix(".0")
    if not number.isdigit() or not 31 <= int(number) < _FIRST_WITHOUT_LOGIN:
        # the wording is assumed
        return _fault("UNSUPPORTED_API_VERSION", "login() is not available in this API version")
    found, stage = _credentials(), backstage()
    if not is_on(stage.org, SOAP_LOGIN):
        return _fault("INVALID_OPERATION", _DISABLED)
    if found is None:
        return _fault("INVALID_LOGIN", _WRONG)
    refusal = _refusal(stage, *found)
    if refusal is not None:
        return _fault(*refusal)
    return _welcome(version, stage.org.user_id(found[0]), found[0])


def _refusal(stage: Backstage, username: str, password: str) -> tuple[str, str] | None:
    if second_factor_asked(stage, username):
        return "LOGIN_MUST_USE_SECURITY_TOKEN", _SECOND_FACTOR
    if not api_password_fits(stage, username, password):
        return "INVALID_LOGIN", _WRONG
    if is_on(stage.org, IP_RESTRICTED):
        return "LOGIN_DURING_RESTRICTED_DOMAIN", _NETWORK
    return None


def _welcome(version: str, user_id: str, username: str) -> Response:
    stage = backstage()
    session = stage.sessions.issue(user_id, "SOAP", "api id")
    base, org_id = stage.options.instance_url, stage.org.id[:15]
    user_info = {
        "organizationId": stage.org.id,
        "organizationName": stage.org.name,
        "sessionSecondsValid": str(stage.sessions.seconds),
        "userEmail": username,
        "userFullName": username,
        "userId": user_id,
        "userLocale": "en_US",
        "userName": username,
        "userTimeZone": "America/New_York",
    }
    told = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in user_info.items())
    body = (
        f"<loginResponse><result><metadataServerUrl>{base}/services/Soap/m/{version}/{org_id}</metadataServerUrl>"
        f"<passwordExpired>false</passwordExpired><sandbox>false</sandbox>"
        f"<serverUrl>{base}/services/Soap/u/{version}/{org_id}</serverUrl><sessionId>{escape(session)}</sessionId>"
        f'<userId>{user_id}</userId><userInfo>{told}<roleId xsi:nil="true"/></userInfo></result></loginResponse>'
    )
    envelope = _ENVELOPE.format(more=' xmlns="urn:partner.soap.sforce.com"', body=body)
    return Response(envelope, content_type="text/xml;charset=UTF-8")
