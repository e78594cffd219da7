"""Fills an account for the demo: people, groups, three weeks of messages and all they will ever cause; no HTTP."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from random import Random

import orjson

from sandbox import people
from sandbox.audience import Subscriber, subscribers
from sandbox.realmagnet import documents
from sandbox.realmagnet.account import DAY, HOUR, Account, EventRow, wall_now
from sandbox.realmagnet.behaviour import Dispatch, email_rows, fax_rows, sort_rows
from sandbox.realmagnet.consent_seed import Consents

FIRST_RECIPIENT, FIRST_GROUP, FIRST_MESSAGE, FIRST_LINK, LOGIN_ID = 2_778_600_001, 3_449_401, 18_952_101, 501, 412_001
USER_ID = "SAMPLE"
EMAILS = (
    *("Spring Conference: registration opens", "Newsletter, first issue", "Your renewal is due", "Webinar: new rules"),
    *("Последние новости", "Board elections", "Νέα του συλλόγου", "Conference: early price ends", "Survey of members"),
    *("Newsletter, second issue", "会員の皆様へ", "Job fair", "Thank you for renewing", "Conference: last seats"),
)
FAXES = ("Fax: hotel form", "Fax: ballot", "Fax: change of address")
UNSENT = ("Members' newsletter, December", "Annual appeal invitation")
SCHEDULED = ("Newsletter, third issue", "Webinar: recording")
_GROUPS = ("All members", "Newsletter", "Conference", "Prospects", "Fax list")
_PAGES = ("register", "agenda", "hotel", "renew", "survey", "read-online")


@dataclass(frozen=True, slots=True)
class Plan:
    """What to seed; `start` is the instant the clock stands at, from which everything else is counted back."""

    seed: int = 1
    start: int = field(default_factory=lambda: wall_now() - 2 * DAY)
    username: str = "demo"
    password: str = field(default="demo", repr=False)
    audience: int = 1_300
    by_custom_id: bool = False


@dataclass(slots=True)
class Crowd:
    """Recipients by number: who is in which group, has a fax, carries a named case, or has an address that is dead."""

    everybody: list[int]
    groups: dict[int, list[int]]
    faxes: list[int]
    cases: list[int]
    unknown: frozenset[int]


def seed_demo(account: Account, plan: Plan) -> None:
    """The same plan makes the same account, byte for byte."""
    start, dice = plan.start, Random(plan.seed)
    account.create(start, by_custom_id=plan.by_custom_id)
    seq = count(1)
    with account.transaction():
        add_login(account, plan)
        crowd = _add_recipients(account, subscribers(people.build(plan.seed)), start)
        consents = Consents()
        consents.suppress_some(dice, sorted(set(crowd.everybody) - set(crowd.cases)), start)
        rows: list[EventRow] = []
        for dispatch, group in _add_messages(account, start):
            rows.extend(_send(account, plan, (crowd, consents), (dispatch, group), seq))
        _add_unsent(account, start)
        account.insert_events(sort_rows(rows))
        account.numbers("event", next(seq))
        consents.subscribe_some(dice, crowd.everybody, (list(crowd.groups), start))
        consents.store(account)
    account.index_events()


def add_login(account: Account, plan: Plan) -> None:
    with account.transaction() as connection:
        connection.execute("INSERT INTO login VALUES (?, ?, ?, ?)", (LOGIN_ID, plan.username, plan.password, USER_ID))
        connection.executemany(
            "INSERT INTO category VALUES (?, ?, ?, ?)",
            [
                (n + 71, n % 2, name, plan.start - 400 * DAY)
                for n, name in enumerate(("Lists", "News", "Events", "Ads"))
            ],
        )


def fields_of(who: Subscriber) -> dict[str, str]:
    return {
        "Address": who.address,
        "City": who.place.city,
        "Company": who.company,
        "CustomField1": who.title,
        "CustomField2": who.place.country,
        "CustomID": who.custom_id,
        "Email": who.email,
        "Fax": who.fax,
        "FirstName": who.first_name,
        "LastName": who.last_name,
        "Phone": who.phone,
        "State": who.place.state,
        "Zip": who.place.postal_code,
    }


def store_recipients(account: Account, rows: Iterable[dict[str, object]]) -> None:
    with account.transaction() as connection:
        connection.executemany(
            "INSERT INTO recipient (id, email_key, custom_id, document, has_fax) "
            "VALUES (:id, :email_key, :custom_id, :document, :has_fax)",
            rows,
        )


def add_groups(account: Account, members: dict[int, list[int]], named: Sequence[str], created: int) -> None:
    with account.transaction() as connection:
        connection.executemany(
            "INSERT INTO list_group VALUES (?, ?, 1, ?, 71, ?, ?, ?)",
            [(group, name, group % 2, created, created, LOGIN_ID) for group, name in zip(members, named, strict=True)],
        )
        connection.executemany(
            "INSERT INTO membership VALUES (?, ?)",
            ((group, recipient) for group, chosen in members.items() for recipient in chosen),
        )


def _add_recipients(account: Account, everyone: Sequence[Subscriber], start: int) -> Crowd:
    numbered = [(FIRST_RECIPIENT + number, who) for number, who in enumerate(everyone)]
    store_recipients(account, _rows(account, numbered))
    everybody = [number for number, _who in numbered]
    faxes = [number for number, who in numbered if who.fax]
    leads = [number for number, who in numbered if who.person_id.startswith("00Q")]
    lists = (everybody, [n for n in everybody if n % 3], [n for n in everybody if n % 5 < 3], leads, faxes)
    groups = {FIRST_GROUP + place: chosen for place, chosen in enumerate(lists)}
    add_groups(account, groups, _GROUPS, start - 300 * DAY)
    cases = [number for number, who in numbered if who.is_case]
    return Crowd(everybody, groups, faxes, cases, frozenset(everybody[200::173]))


def _rows(account: Account, numbered: Sequence[tuple[int, Subscriber]]) -> Iterator[dict[str, object]]:
    """An account that tells people apart by Custom Member ID gave one to those who had none or somebody else's."""
    taken, again = {""}, account.by_custom_id
    for number, who in numbered:
        fields = fields_of(who)
        if again and documents.custom_key(who.custom_id) in taken:
            fields["CustomID"] = f"RM-{number}"
        taken.add(documents.custom_key(fields["CustomID"]))
        yield documents.row_of(number, fields)


def _add_messages(account: Account, start: int) -> Iterator[tuple[Dispatch, int]]:
    """Fourteen e-mails and three faxes over the last three weeks, two e-mails on the day to come."""
    plans = [(name, start - int((20.3 - 1.4 * n) * DAY), False) for n, name in enumerate(EMAILS)]
    plans += [(name, start - (17 - 6 * n) * DAY - 5 * HOUR, True) for n, name in enumerate(FAXES)]
    plans += [(name, start + (13 + 7 * n) * HOUR, False) for n, name in enumerate(SCHEDULED)]
    for number, (name, at, fax) in enumerate(plans):
        message_id = FIRST_MESSAGE + number
        links = [] if fax else _pages(number)
        group = FIRST_GROUP + (4 if fax else number % 3)
        add_message(account, (message_id, name, at - 2 * DAY), links)
        yield Dispatch(message_id, at, [link for link, *_ in links], fax), group


def _add_unsent(account: Account, start: int) -> None:
    """Messages that are ready to be sent, whenever somebody chooses one."""
    first = len(EMAILS) + len(FAXES) + len(SCHEDULED)
    for number, name in enumerate(UNSENT, first):
        add_message(account, (FIRST_MESSAGE + number, name, start - (number - first + 1) * DAY), _pages(number))


def _pages(number: int) -> list[tuple[int, str, str, str]]:
    chosen = _PAGES[: 3 + number % 4]
    first = FIRST_LINK + number * 10
    return [
        (first + place, f"https://www.example.org/{page}?m={number}&ref=email", page.title(), f"Go to {page}")
        for place, page in enumerate(chosen)
    ]


def add_message(account: Account, about: tuple[int, str, int], links: Sequence[tuple[int, str, str, str]]) -> None:
    message_id, name, created = about
    html = "<p>Dear [[First_Name]] [[Last_Name]],</p>"
    html += "".join(f'<p><a href="{url}">{text}</a></p>' for _link, url, _label, text in links)
    text = f"Dear [[First_Name]] [[Last_Name]],\n\n{name}"
    with account.transaction() as connection:
        connection.execute(
            "INSERT INTO message VALUES (?, ?, ?, ?, ?, 72, 0, ?, ?, ?)",
            (message_id, name, name, html, text, LOGIN_ID, '"Sample Society" <news@example.org>', created),
        )
        connection.executemany(
            f"INSERT INTO link (id, message_id, url, label, text) VALUES (?, {message_id}, ?, ?, ?)", links
        )


def record_dispatch(account: Account, dispatch: Dispatch, group_ids: Sequence[int]) -> int:
    with account.transaction() as connection:
        return connection.execute(
            "INSERT INTO dispatch (message_id, at, fax, group_ids) VALUES (?, ?, ?, ?) RETURNING id",
            (dispatch.message_id, dispatch.at, int(dispatch.fax), orjson.dumps(list(group_ids)).decode()),
        ).fetchone()[0]


def _send(
    account: Account, plan: Plan, who: tuple[Crowd, Consents], what: tuple[Dispatch, int], seq: Iterator[int]
) -> list[EventRow]:
    (crowd, consents), (dispatch, group) = who, what
    dice = Random(plan.seed * 1_000_003 + dispatch.message_id)
    members = set(crowd.faxes) if dispatch.fax else set(crowd.groups[group])
    cases = [number for number in crowd.cases if number in members or not dispatch.fax]
    others = sorted(members - set(cases))
    wanted = [*cases, *dice.sample(others, min(len(others), plan.audience - len(cases)))]
    chosen = consents.reachable(wanted, dispatch.at)
    record_dispatch(account, dispatch, [group])
    if dispatch.fax:
        return fax_rows(dice, dispatch, chosen, seq)
    rows = email_rows(dice, dispatch, chosen, seq, crowd.unknown)
    if dispatch.message_id == FIRST_MESSAGE + 2:
        again = Dispatch(dispatch.message_id, dispatch.at + 4 * DAY, dispatch.links)
        record_dispatch(account, again, [group])
        rows += email_rows(dice, again, chosen[:25], seq, crowd.unknown)
    consents.learn(rows)
    return rows
