"""SOAP login(), the legacy way in: gone from version 65.0, faults with HTTP 500 as the vendor sends them."""

import hmac
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape

from flask import Blueprint, Response, request

from sandbox.salesforce.gate import backstage

soap = Blueprint("soap", __name__)
_FIRST_WITHOUT_LOGIN = 65
_PARTNER = "{urn:partner.soap.sforce.com}"
_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope'
    ' xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"{more}'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>'
)
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
    wanted = stage.options.password + stage.options.security_token
    try:
        user_id = stage.org.user_id(found[0] if found else "")
    except KeyError:
        user_id = ""
    if found is None or not user_id or not hmac.compare_digest(found[1].encode(), wanted.encode()):
        return _fault("INVALID_LOGIN", "Invalid username, password, security token; or user locked out.")
    return _welcome(version, user_id, found[0])


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
