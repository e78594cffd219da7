"""The recipient that a person is, or becomes, in Real Magnet: found by Salesforce id or by address, else made."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from connector.errors import Refused
from connector.messaging.desk import Desk
from connector.model.people import address, id18, kind_of
from connector.model.single_sends import PersonNow, RecipientNow
from connector.store import same_person

_SOMEBODY_ELSE = (
    "Real Magnet keeps this address for another person of Salesforce: the message would carry that person's name, and "
    "what they do with it would show there."
)
_THEN = "Give one of the two another address, or send it from the other record."


@dataclass(frozen=True)
class Known:
    """What Real Magnet knows: `own` is this person's recipient, `all` are it and all who share the address; `address`
    is where the message goes."""

    own: RecipientNow | None = None
    all: Sequence[RecipientNow] = ()
    address: str = field(default="", repr=False)


def find(desk: Desk, person: PersonNow, to: str) -> Known:
    """Whom a message to this person goes to. A recipient of somebody else at the same address is not this person."""
    own = desk.realmagnet.recipients_with("CustomID", person.id)
    shared = desk.realmagnet.recipients_with("Email", person.email)
    mine = [*own, *(one for one in shared if _is(desk, one, person))]
    same = [one for one in mine if address(one.email) == address(person.email)]
    unique = {one.id: one for one in (*own, *shared)}
    return Known(next(iter((*same, *mine)), None), tuple(unique.values()), to)


def made(desk: Desk, person: PersonNow, known: Known) -> RecipientNow:
    """The recipient, there and with the address of Salesforce. Raises `Refused` when it can be nobody's but another's.

    A recipient without a Salesforce id gets it, so that activity finds its way back; any other value stays.
    """
    own = known.own or _added(desk, person)
    changes: dict[str, str] = {}
    if not own.custom_id:
        changes["CustomID"] = person.id
    if address(own.email) != address(person.email):
        changes["Email"] = person.email
    if person.fax and own.fax != person.fax:
        changes["Fax"] = person.fax
    if not changes:
        return own
    desk.realmagnet.update_recipient(own, changes)
    return replace(
        own,
        email=changes.get("Email", own.email),
        custom_id=changes.get("CustomID", own.custom_id),
        fields={**own.fields, **changes},
    )


def _added(desk: Desk, person: PersonNow) -> RecipientNow:
    number = desk.realmagnet.add_recipient(person.fields)
    for one in desk.realmagnet.recipients_with("ID", str(number)):
        if _is(desk, one, person):
            return one
    raise Refused(_SOMEBODY_ELSE, advice=_THEN)


def _is(desk: Desk, one: RecipientNow, person: PersonNow) -> bool:
    """A Custom Member ID that is no Salesforce id says nothing about who it is."""
    custom_id = id18(one.custom_id.strip())
    if not kind_of(custom_id):
        return True
    with desk.database.read() as connection:
        return custom_id in same_person.ids_of(connection, desk.org_id, person.id)
