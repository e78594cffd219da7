"""The legacy way in, by user name, password and security token over SOAP; it knows this one call."""

from urllib.parse import urlsplit
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import requests

from connector.errors import UnexpectedAnswer
from connector.salesforce import login_refusals
from connector.salesforce.login_refusals import Said
from connector.salesforce.transport import PatientSession, origin
from connector.settings import Settings

SOAP_VERSION = "64.0"
"""SOAP login is absent from API 65.0 on."""

_ENVELOPE = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/"><env:Body>'
    '<n1:login xmlns:n1="urn:partner.soap.sforce.com">'
    "<n1:username>{username}</n1:username><n1:password>{password}</n1:password>"
    "</n1:login></env:Body></env:Envelope>"
)
_UNREADABLE = "Salesforce's login answer could not be read."


def soap_login(
    login_url: str, credentials: tuple[str, str], settings: Settings, http: PatientSession
) -> dict[str, str]:
    """The texts of the login answer by name: sessionId, serverUrl, organizationId, userId …

    `credentials` are user name, and password with security token. Raises `CredentialsRefused` or `Temporary`.
    """
    version = min(settings.salesforce_api_version, SOAP_VERSION, key=float)
    root = origin(login_url, settings)
    username, password = map(escape, credentials)
    answer = http.send_once(
        "POST",
        f"{root}/services/Soap/u/{version}",
        data=_ENVELOPE.format(username=username, password=password).encode(),
        headers={"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": "login"},
    )
    host = urlsplit(root).netloc
    if b"<!DOCTYPE" in answer.content[:1000] or b"<!ENTITY" in answer.content:
        raise UnexpectedAnswer(_UNREADABLE)
    try:
        texts = _texts(answer.content)
    except ET.ParseError:
        if answer.status_code != requests.codes.ok:
            raise login_refusals.of_answer(answer, host) from None
        raise UnexpectedAnswer(_UNREADABLE) from None
    if "sessionId" not in texts:
        code = texts.get("exceptionCode") or texts.get("faultcode", "").rpartition(":")[2]
        said = texts.get("exceptionMessage") or texts.get("faultstring") or "no session"
        # a fault comes with status 500, which says nothing here: only its code does
        raise login_refusals.explained(Said(code, said, host, status=400 if code else answer.status_code))
    return texts


def _texts(document: bytes) -> dict[str, str]:
    """The texts of an XML document by their local names; the login answer names nothing twice that matters."""
    found: dict[str, str] = {}
    for element in ET.fromstring(document).iter():  # noqa: S314 - entities are refused by the caller
        if element.text and element.text.strip():
            found.setdefault(element.tag.rpartition("}")[2], element.text.strip())
    return found
