"""What is chosen for one person, and how it looks: the vendors are asked now, and their trouble becomes words."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection

from connector.errors import ConnectorError, NotFound
from connector.messaging import checks
from connector.messaging.checks import Looked
from connector.messaging.desk import Desk
from connector.messaging.merging import Merged, merged
from connector.model.activity import Channel
from connector.model.single_sends import CHANNELS, Check, MessageContent, refusal
from connector.model.tracking import Message
from connector.store import same_person, single_send_following
from connector.store.single_send_following import Before
from webapp.sends.choosing import SHOWN, Answer, Listed, messages
from webapp.sends.form import number
from webapp.sessions import visitor
from webapp.wiring import wiring

_NEVER = datetime.min.replace(tzinfo=UTC)
GONE = "Real Magnet has no such message any more. Choose another one."


@dataclass(frozen=True)
class Chosen:
    """What a form says: by which channel, which message, what was typed to find it, and whether once more is meant."""

    channel: Channel = Channel.EMAIL
    message_id: int = 0
    text: str = ""
    ticket: str = ""
    again: bool = False


@dataclass(frozen=True)
class Shown:
    """The message as this person would get it, what speaks for and against, and when it went to them before.

    `trouble` is why it cannot be shown.
    """

    content: MessageContent | None = None
    looked: Looked | None = None
    merged: Merged | None = None
    before: Before | None = None
    trouble: str = ""

    @property
    def refusal(self) -> Check | None:
        """The first reason not to send."""
        return refusal(self.looked.checks) if self.looked else None

    @property
    def sendable(self) -> bool:
        """Whether nothing speaks against it."""
        return self.looked is not None and self.merged is not None and self.refusal is None


def read(values: Mapping[str, str]) -> Chosen:
    """A form, or the address of one."""
    ticket = "".join(letter for letter in values.get("ticket", "")[:64] if letter.isalnum() or letter in "-_")
    return Chosen(
        channel=next((one for one in CHANNELS if one == values.get("channel")), Channel.EMAIL),
        message_id=number(values.get("message_id", "")),
        text=values.get("message_text", "").strip()[:100],
        ticket=ticket,
        again=values.get("again") == "yes",
    )


def named(chosen: Chosen) -> Answer[Listed[Message]]:
    """The messages whose names have every word, those sent last on top; the chosen one is always among them."""
    found = messages()
    words = chosen.text.casefold().split()
    first = [one for one in found.value if one.id == chosen.message_id]
    others = [one for one in found.value if one.id != chosen.message_id]
    fitting = [one for one in others if all(word in one.name.casefold() for word in words)]
    fitting.sort(key=lambda one: (one.last_sent or _NEVER, one.created or _NEVER), reverse=True)
    return Answer(Listed([*first, *fitting[:SHOWN]], max(0, len(fitting) - SHOWN)), found.trouble)


def shown(person_id: str, chosen: Chosen) -> Shown:
    """Look at everything now."""
    org_id, services = visitor().org_id, wiring().services
    try:
        with closing(services.realmagnet(org_id)) as realmagnet, closing(services.salesforce(org_id)) as salesforce:
            content = realmagnet.message_content(chosen.message_id)
            desk = Desk(services.database, org_id, salesforce, realmagnet)
            looked = checks.look(desk, person_id, chosen.channel, content)
    except NotFound as error:
        return Shown(trouble=GONE if "message" in str(error) else f"{error} {error.advice}".strip())
    except ConnectorError as error:
        return Shown(trouble=f"{error} {error.advice}".strip())
    if looked.person.gone:
        return Shown(content, looked)
    with services.database.read() as connection:
        found = before(connection, person_id, chosen)
    return Shown(content, looked, merged(content, looked.person, looked.known.own), found)


def before(connection: Connection, person_id: str, chosen: Chosen) -> Before | None:
    """When the chosen message last went to this person by this channel."""
    org_id = visitor().org_id
    ids = same_person.ids_of(connection, org_id, person_id)
    return single_send_following.before(connection, org_id, ids, (chosen.message_id, chosen.channel))


def reasons(found: Shown) -> Sequence[Check]:
    """Everything that was looked at."""
    return found.looked.checks if found.looked else ()
