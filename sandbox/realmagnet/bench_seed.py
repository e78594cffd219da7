"""Fills an account with as many activities as a benchmark wants, a message at a time; no named cases, no HTTP."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from random import Random

from sandbox import crowd, names
from sandbox.realmagnet import documents
from sandbox.realmagnet.account import DAY, Account
from sandbox.realmagnet.behaviour import Dispatch, email_rows, sort_rows
from sandbox.realmagnet.seed import (
    FIRST_GROUP,
    FIRST_LINK,
    FIRST_MESSAGE,
    FIRST_RECIPIENT,
    Plan,
    add_groups,
    add_login,
    add_message,
    record_dispatch,
    store_recipients,
)

LINKS = 20
ACTIVITIES_PER_SEND = 1.59  # what the behaviour yields on average: the send, its opens, clicks and leavings
NEWEST, OLDEST = 4, 40  # days before the clock: nearly everything the messages cause is visible


@dataclass(frozen=True, slots=True)
class BenchPlan:
    """Recipient n is contact n of the crowd of the same seed, so the other stand-in can hold the same people."""

    plan: Plan
    activities: int
    recipients: int = 50_000
    messages: int = 400


def seed_bench(account: Account, bench: BenchPlan) -> None:
    start = bench.plan.start
    account.create(start, by_custom_id=bench.plan.by_custom_id)
    add_login(account, bench.plan)
    store_recipients(account, _recipients(bench))
    everybody = list(range(FIRST_RECIPIENT, FIRST_RECIPIENT + bench.recipients))
    add_groups(account, {FIRST_GROUP: everybody}, ["Everybody"], start - 300 * DAY)
    audience = max(1, min(bench.recipients, round(bench.activities / bench.messages / ACTIVITIES_PER_SEND)))
    seq, dice = count(1), Random(bench.plan.seed)
    for number in range(bench.messages):
        first = number * audience % bench.recipients
        chosen = (everybody[first:] + everybody[:first])[:audience]
        dispatch = _add_message(account, bench, number)
        account.insert_events(sort_rows(email_rows(dice, dispatch, chosen, seq, frozenset())))
    account.numbers("event", next(seq))
    account.index_events()


def _recipients(bench: BenchPlan) -> Iterator[dict[str, object]]:
    for number, who in enumerate(crowd.contacts(bench.plan.seed, bench.recipients)):
        fields = {
            "City": who.place.city,
            "Company": names.company(number),
            "CustomID": who.id,
            "Email": who.email or f"member{number}@members.example",
            "FirstName": who.first_name,
            "LastName": who.last_name,
            "Phone": who.phone,
        }
        yield documents.row_of(FIRST_RECIPIENT + number, fields)


def _add_message(account: Account, bench: BenchPlan, number: int) -> Dispatch:
    share = number / max(1, bench.messages - 1)
    at = bench.plan.start - int((OLDEST - (OLDEST - NEWEST) * share) * DAY)
    message_id = FIRST_MESSAGE + number
    links = [
        (
            FIRST_LINK + number * LINKS + place,
            f"https://www.example.org/page-{place}?m={number}",
            f"L{place}",
            "Read on",
        )
        for place in range(LINKS)
    ]
    add_message(account, (message_id, f"Bench message {number:04d}", at - DAY), links)
    dispatch = Dispatch(message_id, at, [link for link, *_ in links])
    record_dispatch(account, dispatch, [FIRST_GROUP])
    return dispatch
