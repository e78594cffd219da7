"""Whether something can be written to: e-mail addresses, fax and mobile numbers by their form; it asks no server.

Both libraries are loaded by who needs them: half a second of each process that only might.
"""

import re
from functools import lru_cache
from importlib.resources import files

HOME = "US"
"""The country of a number that names none, of somebody whose country is not known: the vendor's own."""

_PLAIN_LOCAL = re.compile(r"[A-Za-z0-9_+'-]+(?:\.[A-Za-z0-9_+'-]+)*")
_LONGEST_LOCAL = 64
_LONGEST = 254
_NOT_PLAIN = "Real Magnet takes only plain letters, digits and signs in an address."
_KEPT = 1 << 14


def email_trouble(text: str) -> str:
    """Why this is no e-mail address, or nothing.

    Only plain (ASCII) addresses count: the vendor documents no other. Nobody is asked whether the domain exists.
    """
    local, _, domain = text.partition("@")
    if len(local) <= _LONGEST_LOCAL and len(text) <= _LONGEST and _PLAIN_LOCAL.fullmatch(local) and _good(domain):
        return ""
    return _trouble(text)


@lru_cache(_KEPT)
def _good(domain: str) -> bool:
    return not _trouble(f"a@{domain}")


def _trouble(text: str) -> str:
    if not text.isascii():
        return _NOT_PLAIN
    from email_validator import EmailNotValidError, validate_email

    try:
        validate_email(text, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError as error:
        return str(error)
    return ""


def dialled(text: str, country: str) -> str:
    """A telephone number of a person in this country (a code or a name) as it is dialled from anywhere, +12025550100;
    nothing for what is none."""
    import phonenumbers

    try:
        number = phonenumbers.parse(text, region_of(country))
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(_KEPT)
def region_of(country: str) -> str:
    """The two letters of a country, from them or from a name that people write for it; else HOME."""
    import phonenumbers

    wanted = country.strip()
    if wanted.upper() in phonenumbers.SUPPORTED_REGIONS:
        return wanted.upper()
    plain = wanted.casefold().replace(".", "").removeprefix("the ")
    return _COMMON.get(plain) or _regions().get(plain, HOME)


@lru_cache(1)
def _regions() -> dict[str, str]:
    """The English names of ISO 3166 as the time zones' own data spell them: a list of names costs no library more."""
    lines = files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text("utf-8").splitlines()
    named = (line.split("\t", 1) for line in lines if line and not line.startswith("#"))
    return {name.casefold(): region for region, name in named}


_COMMON = {
    "usa": "US",
    "united states of america": "US",
    "america": "US",
    "uk": "GB",
    "united kingdom": "GB",
    "great britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    "deutschland": "DE",
    "österreich": "AT",
    "schweiz": "CH",
    "suisse": "CH",
    "españa": "ES",
    "italia": "IT",
    "holland": "NL",
    "nederland": "NL",
    "méxico": "MX",
    "brasil": "BR",
    "south korea": "KR",
    "republic of korea": "KR",
    "czechia": "CZ",
    "russian federation": "RU",
    "viet nam": "VN",
}
"""Names that ISO's list spells otherwise, or that people write in their own language."""
