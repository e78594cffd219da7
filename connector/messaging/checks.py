"""Whether a message may go to one person, each reason in words. It is the gate: Real Magnet's single send writes to
people who unsubscribed. It is asked when somebody looks, and again right before sending."""

from collections.abc import Sequence
from dataclasses import dataclass

from connector.messaging import person as people
from connector.messaging import recipient
from connector.messaging.desk import Desk
from connector.messaging.recipient import Known
from connector.model.activity import ActivityGroup, Channel
from connector.model.addresses import dialled, email_trouble
from connector.model.single_sends import SENDER_LENGTH, SUBJECT_LENGTH, Check, MessageContent, PersonNow, RecipientNow
from connector.store import person_activity
from connector.store.person_activity import Who

_LEFT = (ActivityGroup.UNSUBSCRIBED, "Unsubscribed")
_JOINED = (ActivityGroup.SUBSCRIBED, "Subscribed")
_CONSENT_BOX = {Channel.EMAIL: "Email Opt Out", Channel.FAX: "Fax Opt Out"}


@dataclass(frozen=True)
class Looked:
    """Who it goes to and what was found. Without a `person` that is there, nothing else was looked at."""

    person: PersonNow
    known: Known
    checks: Sequence[Check]

    @property
    def address(self) -> str:
        """Where it goes, by the channel that was asked for."""
        return self.known.address


def look(desk: Desk, person_id: str, channel: Channel, content: MessageContent) -> Looked:
    """Ask Salesforce and Real Magnet now. Raises what their gateways raise."""
    person = people.read(desk.salesforce, person_id)
    if person.gone:
        return Looked(person, Known(), [Check("Person", good=False, words=person.gone)])
    known = recipient.find(desk, person, _address(person, channel))
    checks = [
        _message(content, channel),
        _reachable(person, channel),
        _opted_out(person, channel),
        _suppressed(known.all),
        _unsubscribed(known.all, left=_left(desk, person)),
    ]
    return Looked(person, known, checks)


def _address(person: PersonNow, channel: Channel) -> str:
    return (dialled(person.fax, person.country) or person.fax) if channel is Channel.FAX else person.email


def _message(content: MessageContent, channel: Channel) -> Check:
    details = content.details
    trouble = ""
    if channel is Channel.EMAIL and not details.subject.strip():
        trouble = "This message has no subject yet."
    elif not details.sender.strip():
        trouble = "This message has no sender yet."
    elif len(details.subject) > SUBJECT_LENGTH:
        trouble = f"Its subject is longer than the {SUBJECT_LENGTH} characters Real Magnet takes for one person."
    elif len(details.sender) > SENDER_LENGTH:
        trouble = f"Its sender is longer than the {SENDER_LENGTH} characters Real Magnet takes for one person."
    advice = "Change it in Real Magnet, then choose it again." if trouble else ""
    return Check("Message", not trouble, trouble or "It has a subject and a sender.", advice)


def _reachable(person: PersonNow, channel: Channel) -> Check:
    """Real Magnet keeps nobody without an e-mail address, so that a fax needs one, too."""
    advice = f"Correct it on the {person.kind} in Salesforce, then come back."
    if channel is Channel.FAX:
        if not person.fax:
            return Check("Fax number", good=False, words=f"This {person.kind} has no fax number.", advice=advice)
        if not dialled(person.fax, person.country):
            return Check("Fax number", good=False, words=f"“{person.fax}” is no valid fax number.", advice=advice)
    name = "Fax number" if channel is Channel.FAX else "E-mail address"
    if not person.email:
        words = f"This {person.kind} has no e-mail address."
        words += " Real Magnet keeps nobody without one, also for a fax." if channel is Channel.FAX else ""
        return Check(name, good=False, words=words, advice=advice)
    if trouble := email_trouble(person.email):
        return Check(name, good=False, words=f"“{person.email}” is no valid e-mail address: {trouble}", advice=advice)
    return Check(name, good=True, words=f"{person.fax if channel is Channel.FAX else person.email} is valid.")


def _opted_out(person: PersonNow, channel: Channel) -> Check:
    name, box = "Consent in Salesforce", _CONSENT_BOX[channel]
    opted_out = person.opted_out.get(channel)
    if opted_out is None:
        advice = f"An administrator lets the connected user see {box} on {person.kind}s."
        return Check(name, good=False, words=f"Salesforce does not show us “{box}”, so nobody knows.", advice=advice)
    if opted_out:
        return Check(name, good=False, words=f"“{box}” is ticked on this {person.kind}: no message may go out.")
    return Check(name, good=True, words=f"“{box}” is not ticked.")


def _suppressed(found: Sequence[RecipientNow]) -> Check:
    name = "Suppression in Real Magnet"
    since = min((one.suppressed for one in found if one.suppressed), default=None)
    if since:
        words = f"Suppressed in Real Magnet since {since:%Y-%m-%d}: nothing may be sent to this address."
        return Check(name, good=False, words=words, advice="Only Real Magnet can lift a suppression.")
    return Check(name, good=True, words="Not suppressed." if found else "Not known there yet: added when it is sent.")


def _unsubscribed(found: Sequence[RecipientNow], *, left: bool) -> Check:
    name = "Subscription in Real Magnet"
    if left or any(one.unsubscribed for one in found):
        words = "This person unsubscribed in Real Magnet and did not subscribe again."
        return Check(name, good=False, words=words, advice="They can subscribe again themselves in Real Magnet.")
    return Check(name, good=True, words="Did not unsubscribe.")


def _left(desk: Desk, person: PersonNow) -> bool:
    """What was reported before: the latest leaving after the latest joining, in whatever group."""
    with desk.database.read() as connection:
        latest = person_activity.latest(connection, Who(desk.org_id, person.id), [_LEFT, _JOINED])
    moments = {kind: int(row["occurred_at"]) for kind, row in latest.items()}
    return moments.get(_LEFT, 0) > moments.get(_JOINED, 0)
