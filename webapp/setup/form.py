"""What an administrator enters on the set-up page, held against what can work. Knows no request and no store."""

import re
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from connector.errors import Misconfigured
from connector.model.people import id18
from connector.salesforce.transport import is_loopback, origin
from connector.settings import SALESFORCE_HOSTS, Settings

_SHORT, _LONG = 15, 18
LONGEST = 255
GENERAL = frozenset({"login.salesforce.com", "test.salesforce.com"})
MY_DOMAIN = ".my.salesforce.com"
HTTPS = 443
_SITES = (".lightning.force.com", ".my.salesforce-setup.com", MY_DOMAIN)
"""An administrator copies the address from whichever page he sees: they all begin with the My Domain's name."""
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.(sandbox|develop|scratch|trailblaze|demo|free|patch|pc-rnd))?")

ID_SHAPE = "An organization id has 15 or 18 characters and begins with 00D. Setup, Company Information shows it."
ID_MISTYPED = "This id is mistyped: its last three characters do not fit the others. Copy it from Setup again."
DOMAIN = (
    "This is no My Domain of Salesforce. Setup, My Domain shows it: enter its name, such as acme, or all of it, as "
    "https://acme.my.salesforce.com."
)
DOMAIN_GENERAL = "This is the login page of every organization. Enter your own My Domain; Setup, My Domain shows it."


@dataclass(frozen=True)
class Organization:
    """Which organization is set up, as entered and as understood. `problems` names the fields to look at again."""

    id: str
    my_domain: str
    problems: dict[str, str] = field(default_factory=dict[str, str])


def organization(entered_id: str, entered_domain: str, settings: Settings) -> Organization:
    """The organization that was entered; what could not be understood comes back as it was, with its problem."""
    problems: dict[str, str] = {}
    found, trouble = _id(entered_id.strip())
    if trouble:
        problems["organization"] = trouble
    domain, trouble = _my_domain(entered_domain.strip(), settings)
    if trouble:
        problems["my_domain"] = trouble
    return Organization(found, domain, problems)


def code(entered: str) -> str:
    """A set-up code as it was given out, however it was typed."""
    letters = re.sub(r"[^A-Z0-9]", "", entered.upper())
    return "-".join(letters[start : start + 4] for start in range(0, min(len(letters), LONGEST), 4))


def _id(entered: str) -> tuple[str, str]:
    found = id18(entered)
    prefix = entered[:3] if len(entered) == _SHORT else entered[:3].upper()
    if len(found) != _LONG or prefix != "00D":
        return entered, ID_SHAPE
    if id18(found[:_SHORT]) != found or not found.startswith("00D"):
        return entered, ID_MISTYPED
    return found, ""


def _my_domain(entered: str, settings: Settings) -> tuple[str, str]:
    """The root of the organization's own address, such as https://acme.my.salesforce.com."""
    scheme, _, rest = entered.rpartition("://")
    place = re.split(r"[/?#\s]", rest, maxsplit=1)[0].lower()
    try:
        parts = urlsplit(f"//{place}")
        host = parts.hostname or ""
        if is_loopback(host):
            return origin(f"{scheme or 'http'}://{place}", _only_my_domains(settings)), ""
        if host in GENERAL:
            return entered, DOMAIN_GENERAL
        if parts.port not in {None, HTTPS}:
            return entered, DOMAIN
        address = f"{scheme or 'https'}://{_whole(place.removesuffix(f':{HTTPS}'))}"
        return origin(address, _only_my_domains(settings)), ""
    except (Misconfigured, ValueError):
        return entered, DOMAIN


def _only_my_domains(settings: Settings) -> Settings:
    """Of Salesforce's own hosts only those of one organization each; what the operator named besides is his to know."""
    named = set(settings.salesforce_hosts) - set(SALESFORCE_HOSTS)
    return replace(settings, salesforce_hosts=(MY_DOMAIN, *sorted(named)))


def _whole(host: str) -> str:
    if _NAME.fullmatch(host):
        return host + MY_DOMAIN
    site = next((site for site in _SITES if host.endswith(site)), None)
    return host if site is None else host.removesuffix(site) + MY_DOMAIN
