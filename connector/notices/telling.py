"""What is told of a notice, as the one document that mail and webhook carry. It knows neither of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connector import clock
from connector.model.notices import Event, Trouble

TITLE = "Real Magnet for Salesforce"
WHERE = "In Salesforce, open Real Magnet → Notifications."


@dataclass(frozen=True)
class House:
    """Of which organization it is told, and where the app is."""

    org_id: int
    name: str
    salesforce_id: str
    public_url: str


def document(house: House, event: Event, trouble: Trouble, notice_id: int | None) -> str:
    """It as JSON."""
    headline = trouble.headline
    if event is Event.RECOVERED:
        headline = f"Over: {headline}"
    return json.dumps(
        {
            "event": str(event),
            "kind": str(trouble.kind),
            "about": trouble.about,
            "headline": headline,
            "detail": trouble.detail,
            "advice": "There is nothing to do any more." if event is Event.RECOVERED else trouble.advice,
            "run": trouble.run_id,
            "notice": notice_id,
            **_of(house),
        }
    )


def words(house: House, event: Event, headline: str, detail: str) -> str:
    """Something that is no trouble's, a report or a test, as the same document."""
    told = {"event": str(event), "kind": str(event), "about": "", "headline": headline, "detail": detail}
    return json.dumps({**told, "advice": "", "run": None, "notice": None, **_of(house)})


def _of(house: House) -> dict[str, Any]:
    return {
        "organization": house.name,
        "salesforce_organization": house.salesforce_id,
        "at": clock.now().isoformat(timespec="seconds"),
        "link": house.public_url.rstrip("/") + "/notifications",
    }


def subject(told: Mapping[str, Any]) -> str:
    """A mail's subject, on one line whatever the words hold."""
    headline = "".join(letter if letter.isprintable() else " " for letter in str(told["headline"]))
    return f"{TITLE}: {' '.join(headline.split()).rstrip('.')}"


def plain(told: Mapping[str, Any]) -> str:
    """A mail's text."""
    parts = [told["headline"], told["detail"], told["advice"], f"Organization: {told['organization']}"]
    return "\n\n".join([str(part) for part in parts if part] + [f"{WHERE}\n{told['link']}"]) + "\n"
