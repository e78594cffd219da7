"""A message to one person, sent once: whatever happens on the way, never twice by itself.

Everything is looked at again first: our checks are the gate. It is committed that Real Magnet will be asked, then it
is asked; whoever finds that, and no answer, says that nobody knows, and leaves it.
"""

from connector.errors import Cancelled, ConnectorError, LeaseLost, NotFound, Refused, Unsure
from connector.messaging import checks, fax, recipient
from connector.messaging.desk import SingleWork
from connector.model.activity import Channel
from connector.model.runs import Phase
from connector.model.single_sends import (
    LOOK,
    MAY_HAVE_SENT,
    IndividualSend,
    MessageContent,
    RecipientNow,
    SendState,
    SingleSend,
    refusal,
)
from connector.store import single_sends


def run_single_send(work: SingleWork, send_id: int) -> bool:
    """Send it, or say why not. Raises `Refused` with the reason, and plain `Temporary` to be tried again."""
    send = _current(work, send_id)
    if send.state is not SendState.WAITING:
        return send.state is SendState.SENT
    if send.given_at is not None:
        raise _unsure(work, send)
    work.report(Phase.SEND)
    try:
        _deliver(work, send)
    except Refused as no:
        _end(work, send, SendState.REFUSED, no)
        raise Refused(str(no), advice=no.advice) from None  # a limit, too, ends it: nobody expects it hours later
    return True


def _current(work: SingleWork, send_id: int) -> SingleSend:
    with work.database.read() as connection:
        send = single_sends.get(connection, work.org_id, send_id)
    if send is None:
        raise NotFound("This message does not exist any more.")
    return send


def _deliver(work: SingleWork, send: SingleSend) -> None:
    desk = work.desk
    content = work.realmagnet.message_content(send.message_id)
    looked = checks.look(desk, send.person_id, send.channel, content)
    if no := refusal(looked.checks):
        raise Refused(f"{no.name}: {no.words}", advice=no.advice)
    found = recipient.made(desk, looked.person, looked.known)
    work.reached("recipient made")
    group_id = fax.group_of(work, found) if send.channel is Channel.FAX else 0
    _give(work, send, content, (found, group_id))


def _give(work: SingleWork, send: SingleSend, content: MessageContent, to: tuple[RecipientNow, int]) -> None:
    found, group_id = to
    with work.write() as connection:
        address = found.fax if send.channel is Channel.FAX else found.email
        single_sends.note_given(connection, send, found.id, address)
    work.reached("message given")
    try:
        job = fax.send(work, group_id, content) if group_id else _mail(work, content, found)
    except Unsure:
        raise _unsure(work, send) from None
    except (Cancelled, LeaseLost):
        raise
    except ConnectorError:
        with work.write() as connection:
            single_sends.note_not_given(connection, send)
        raise
    work.reached("message taken")
    with work.write() as connection:
        single_sends.note_sent(connection, send, job)


def _mail(work: SingleWork, content: MessageContent, found: RecipientNow) -> None:
    """By Custom Member ID where that is a Salesforce id of one recipient only, else by address."""
    details = content.details
    by_id = bool(found.custom_id) and len(work.realmagnet.recipients_with("CustomID", found.custom_id)) == 1
    to = found.custom_id if by_id else found.email
    work.realmagnet.send_to_individual(IndividualSend(details.id, details.subject, details.sender, to, by_id))


def _unsure(work: SingleWork, send: SingleSend) -> Refused:
    """Final: a run that is tried again could send it twice."""
    why = Refused(MAY_HAVE_SENT, advice=LOOK)
    _end(work, send, SendState.UNSURE, why)
    return why


def _end(work: SingleWork, send: SingleSend, state: SendState, why: ConnectorError) -> None:
    with work.write() as connection:
        single_sends.note_ended(connection, send, state, str(why), why.advice)
