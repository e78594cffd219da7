"""A person at Salesforce's own pages: logs in, allows or denies, and is sent back."""

import re
from urllib.parse import parse_qs, urlsplit

import requests

from sandbox.salesforce.org import INTEGRATION


def log_in(address: str, password: str, *, username: str = INTEGRATION.username, decision: str = "allow") -> str:
    """Walk from the authorize address to the end; the address to which the browser is sent back."""
    with requests.Session() as browser:
        answer = browser.get(address, allow_redirects=False, timeout=5)
        base = f"{urlsplit(address).scheme}://{urlsplit(address).netloc}/services/oauth2"
        for page, form in (
            ("login", {"username": username, "password": password}),
            ("verify", {"code": "123456"}),
            ("approve", {"decision": decision}),
        ):
            if answer.is_redirect or f'action="/services/oauth2/{page}"' not in answer.text:
                continue
            ticket = re.findall(r'name="ticket" value="([^"]+)"', answer.text)[0]
            answer = browser.post(f"{base}/{page}", data={"ticket": ticket, **form}, allow_redirects=False, timeout=5)
        assert answer.is_redirect, answer.text
        return answer.headers["Location"]


def query_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
