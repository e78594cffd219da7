"""The Campaign that a panel stands on: its id in an address, its name, whether it is still there."""

from dataclasses import dataclass

from flask import abort

from connector.errors import NotFound
from connector.model.audience import SourceKind
from connector.model.people import id18
from webapp.wizard import vendors

PREFIX = "701"
_LENGTH = 18


@dataclass(frozen=True)
class Campaign:
    """One Campaign as far as Salesforce tells. `gone`: it is deleted or hidden; `trouble`: Salesforce did not say."""

    id: str
    name: str = ""
    detail: str = ""
    gone: bool = False
    trouble: str = ""

    @property
    def title(self) -> str:
        """Its name, or its id while nobody knows its name."""
        return self.name or self.id


def is_campaign(record_id: str) -> bool:
    """Whether a record's id is that of a Campaign."""
    return len(record_id) == _LENGTH and record_id.isascii() and record_id.isalnum() and record_id.startswith(PREFIX)


def id_of(given: str) -> str:
    """The Campaign's whole id in an address; not found for anything else."""
    found = id18(given) if given.isascii() and given.isalnum() else ""
    return found if is_campaign(found) else abort(404)


def look(campaign_id: str, known: str) -> Campaign:
    """Ask Salesforce for it; `known` is the name that we remember in case nobody answers."""
    answer = vendors.salesforce(lambda asked: asked.source(SourceKind.CAMPAIGN, campaign_id), None)
    if isinstance(answer.error, NotFound):
        return Campaign(campaign_id, known, gone=True)
    if answer.value is None:
        return Campaign(campaign_id, known, trouble=answer.trouble)
    return Campaign(campaign_id, answer.value.name, answer.value.detail)
