"""Why Salesforce did not let us in, as our error in plain words with who must do what; it asks nothing."""

from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

import requests

from connector import clock
from connector.errors import ConnectorError, CredentialsRefused, Refused
from connector.salesforce import translate
from connector.salesforce.login_words import ASSERTION, CLOCK, TABLE

MINUTE = 60
TOLERANCE = 60
"""Seconds that our clock may differ from Salesforce's before it is worth a word: a bearer assertion lives for three
minutes, and its answer's Date is whole seconds."""


@dataclass(frozen=True)
class Said:
    """Salesforce's refusal of a login: its code and words, the host that was asked, and how far its clock is ahead."""

    code: str
    words: str
    host: str
    ahead: float = 0.0
    status: int = 400


def explained(said: Said) -> ConnectorError:
    """Our error for a refused login; what nobody foresaw keeps Salesforce's own words."""
    code, heard = translate.plain_code(said.code), said.words.lower()
    for wanted, part, words in TABLE:
        if wanted in {"", code} and part in heard:
            found = CLOCK if words is ASSERTION and abs(said.ahead) > TOLERANCE else words
            message = found.message.format(host=said.host, drift=_drift(said.ahead))
            return CredentialsRefused(message, code=said.code, advice=found.advice)
    return translate.error_for(said.status, said.code, said.words)


def of_answer(answer: requests.Response, host: str) -> ConnectorError:
    """The error that a refusal of the token address stands for."""
    code, words = translate.read_error(answer)
    if code:
        return explained(Said(code, words, host, clock_ahead(answer), answer.status_code))
    if answer.status_code in {301, 302, 307, 308, requests.codes.not_found, requests.codes.gone}:
        return Refused(
            f"There is no Salesforce organization at {host}.",
            advice="Enter the organization's own My Domain; Salesforce shows it in Setup → My Domain.",
        )
    return translate.refusal(answer)


def clock_ahead(answer: requests.Response) -> float:
    """By how many seconds Salesforce's clock is ahead of ours, by the answer's Date."""
    try:
        told = parsedate_to_datetime(answer.headers.get("Date", ""))
    except ValueError:
        return 0.0
    return (told.replace(tzinfo=told.tzinfo or UTC) - clock.now()).total_seconds()


def _drift(ahead: float) -> str:
    minutes = round(abs(ahead) / MINUTE)
    amount = "1 minute" if minutes == 1 else f"{minutes} minutes"
    return f"{amount} {'behind' if ahead > 0 else 'ahead of'}"
