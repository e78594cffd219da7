"""Sends a message to its groups once they were refreshed, and never twice.

It is committed that Real Magnet will be asked, then it is asked. Whoever finds that, and no answer, looks first whether
the message was sent since; asked again, Real Magnet leaves out who has it already.
"""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager

from connector import clock
from connector.errors import Cancelled, ConnectorError, NotFound, Refused, Unsure
from connector.model.groups import GroupSend, MessageDetails
from connector.model.runs import Phase, upload_of
from connector.realmagnet.gateway import RealMagnet
from connector.store import leases, send_groups, send_steps, send_words, sends
from connector.store.sends import Send, SendState
from connector.work import Work

KEPT_SECONDS = 300
"""How long nobody may begin to fill a group that is being sent to: longer than Real Magnet can take to answer."""


def run_send(work: Work, send_id: int, realmagnet: RealMagnet) -> bool:
    """Send it, or find out that it was sent before.

    Raises `Cancelled` when it was cancelled meanwhile, or has to wait for a group that is being filled again.
    """
    send = _current(work, send_id)
    if send.state is SendState.SENT:
        return True
    details = realmagnet.message_details(send.message_id)
    if send.asked_at is not None and _last_sent(details) != send.sent_before:
        _sent(work, send, None)
        return True
    work.report(Phase.SEND)
    if send_steps.is_too_late(send):
        words = send_words.too_late(send, ())
        raise Refused(words.reason, advice=words.advice)
    with _kept(work, send):
        _check(work, send)
        _ask(work, send, details, realmagnet)
    return True


def _current(work: Work, send_id: int) -> Send:
    with work.database.read() as connection:
        send = sends.get(connection, work.org_id, send_id)
    if send is None:
        raise NotFound("This send does not exist any more.")
    if send.state not in {SendState.SENDING, SendState.SENT}:
        raise Cancelled(send.reason or "It waits for its groups again.")
    return send


@contextmanager
def _kept(work: Work, send: Send) -> Generator[None]:
    """Nobody begins to fill one of its groups meanwhile."""
    with work.write() as connection:
        send_groups.let_go(connection, work.org_id, send.id)
    with ExitStack() as stack:
        for group_id in sorted(send.group_ids):
            name = upload_of(0, group_id).lease
            lease = leases.acquire(work.database, work.org_id, send_groups.owner_of(send.id), KEPT_SECONDS, name)
            if lease is None:
                raise _wait_again(work, send)
            stack.callback(leases.release, work.database, lease)
        yield


def _check(work: Work, send: Send) -> None:
    with work.database.read() as connection:
        stand = send_groups.standing(connection, work.org_id, send.group_ids)
    if stand.filling:
        raise _wait_again(work, send)
    if stand.partly:
        words = send_words.half_filled(send, stand.partly)
        raise Refused(words.reason, advice=words.advice)


def _wait_again(work: Work, send: Send) -> Cancelled:
    with work.write() as connection:
        send_steps.wait_again(connection, send)
    return Cancelled("A group of this message is being filled: it is sent once that is over, by another run.")


def _ask(work: Work, send: Send, details: MessageDetails, realmagnet: RealMagnet) -> None:
    """The message goes out as it is in Real Magnet now: its subject and sender belong to its text."""
    with work.write() as connection:
        if not send_steps.note_asked(connection, send, details.subject, details.sender, _last_sent(details)):
            raise Cancelled("It was cancelled before it was sent.")
    work.reached("send noted")
    try:
        number = realmagnet.send_to_groups(GroupSend(send.message_id, send.group_ids, details.subject, details.sender))
    except Unsure:
        raise
    except ConnectorError:
        if send.asked_at is None:  # what an earlier attempt asked for, nobody knows still
            with work.write() as connection:
                send_steps.note_not_asked(connection, send)
        raise
    work.reached("send answered")
    _sent(work, send, number)


def _sent(work: Work, send: Send, number: int | None) -> None:
    with work.write() as connection:
        send_steps.note_sent(connection, send, number)


def _last_sent(details: MessageDetails) -> int | None:
    """In Real Magnet's own clock, and only ever compared with what that said before."""
    return None if details.last_sent is None else clock.milliseconds(details.last_sent)
