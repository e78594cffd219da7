"""What a crowd of recipients does with a message, from a seeded generator: pure numbers, no store and no clock."""

from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from sandbox.realmagnet.account import DAY, HOUR, SECOND, EventRow
from sandbox.realmagnet.kinds import BOUNCES, EmailStatus, FaxStatus, Kind

_ENDS = (
    (EmailStatus.Delivered, 0.915),
    (EmailStatus.SB, 0.935),
    (EmailStatus.HB, 0.95),
    (EmailStatus.UNF, 0.963),
    (EmailStatus.MF, 0.974),
    (EmailStatus.TU, 0.984),
    (EmailStatus.BD, 0.993),
    (EmailStatus.Failed, 1.0),
)
_CUTS = [cut for _status, cut in _ENDS]
OPENERS, LATE_OPENERS, REPEATS, TWINS, CLICKERS, LEAVERS = 0.33, 0.12, 0.32, 0.05, 0.2, 0.012


@dataclass(frozen=True, slots=True)
class Dispatch:
    """One sending of one message: e-mail with its links' ids, or fax without."""

    message_id: int
    at: int
    links: Sequence[int] = ()
    fax: bool = False
    spread: int = 240 * SECOND


def sort_rows(rows: list[EventRow]) -> list[EventRow]:
    rows.sort(key=lambda row: row[:4])
    return rows


def email_rows(
    dice: Random, dispatch: Dispatch, recipients: Iterable[int], seq: Iterator[int], unknown: frozenset[int]
) -> list[EventRow]:
    """Every row the sending will ever cause, future ones included; `unknown` are addresses that do not exist."""
    rows: list[EventRow] = []
    message_id, roll = dispatch.message_id, dice.random
    for recipient_id in recipients:
        sent = dispatch.at + int(roll() * dispatch.spread)
        status = _ENDS[bisect(_CUTS, roll())][0]
        if recipient_id in unknown:
            status = EmailStatus.UNF
        ended = sent + _lag(dice)
        rows.append((message_id, Kind.EMAIL_SENT, sent, next(seq), recipient_id, status, ended, None))
        if status in BOUNCES:
            rows.append((message_id, Kind.EMAIL_BOUNCED, ended, next(seq), recipient_id, status, None, None))
        elif status is EmailStatus.Delivered:
            rows.append((message_id, Kind.EMAIL_DELIVERED, ended, next(seq), recipient_id, status, None, None))
            if roll() < OPENERS:
                rows.extend(_reactions(dice, dispatch, (recipient_id, ended), seq))
    return rows


def _lag(dice: Random) -> int:
    """Seconds mostly, hours for one in six, a day or two for one in thirty: until then it is In Progress."""
    roll = dice.random()
    if roll < 0.033:
        return int(DAY * (0.8 + 1.4 * dice.random()))
    if roll < 0.2:
        return int(5 * HOUR * dice.random()) + SECOND
    return int(90 * SECOND * dice.random()) + SECOND


def _reactions(dice: Random, dispatch: Dispatch, got: tuple[int, int], seq: Iterator[int]) -> Iterator[EventRow]:
    """Opens, repeated and sometimes weeks late or two in one instant; clicks and leaving follow an open."""
    recipient_id, delivered = got
    late = dice.random() < LATE_OPENERS
    wait = dice.uniform(5 * DAY, 30 * DAY) if late else dice.expovariate(1 / (14 * HOUR))
    at = delivered + int(wait) + SECOND
    while True:
        row: EventRow = (dispatch.message_id, Kind.EMAIL_OPENED, at, next(seq), recipient_id, 1, None, None)
        yield row
        if dice.random() < TWINS:
            yield (*row[:3], next(seq), *row[4:])  # type: ignore[misc]  # pyright cannot follow slices of a tuple
        if dispatch.links and dice.random() < CLICKERS:
            yield from _clicks(dice, dispatch, (recipient_id, at), seq)
        if dice.random() > REPEATS:
            break
        at += int(dice.expovariate(1 / (20 * HOUR))) + SECOND
    if dice.random() < LEAVERS:
        yield (dispatch.message_id, Kind.UNSUBSCRIBED, at + 20 * SECOND, next(seq), recipient_id, 1, None, None)


def _clicks(dice: Random, dispatch: Dispatch, opened: tuple[int, int], seq: Iterator[int]) -> Iterator[EventRow]:
    recipient_id, at = opened
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        at += int(dice.uniform(3, 90) * SECOND)
        link = dispatch.links[min(dice.randrange(len(dispatch.links)), dice.randrange(len(dispatch.links)))]
        for _twin in range(2 if dice.random() < TWINS else 1):
            yield (dispatch.message_id, Kind.LINK_CLICKED, at, next(seq), recipient_id, 1, None, link)


def fax_rows(dice: Random, dispatch: Dispatch, recipients: Iterable[int], seq: Iterator[int]) -> list[EventRow]:
    rows: list[EventRow] = []
    for recipient_id in recipients:
        sent = dispatch.at + int(dice.random() * (HOUR if dispatch.spread else 0))
        ended = sent + int(dice.uniform(40, 600) * SECOND)
        failed = dice.random() < 0.07
        status, kind = (FaxStatus.Failed, Kind.FAX_FAILED) if failed else (FaxStatus.Delivered, Kind.FAX_DELIVERED)
        rows.append((dispatch.message_id, Kind.FAX_SENT, sent, next(seq), recipient_id, status, ended, None))
        rows.append((dispatch.message_id, kind, ended, next(seq), recipient_id, status, None, None))
    return rows
