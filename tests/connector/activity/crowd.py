"""A seeded crowd for a small world: a few hundred activities of everybody who can be hard to find."""

from itertools import count
from random import Random

from sandbox.realmagnet.account import DAY, HOUR, SECOND
from sandbox.realmagnet.behaviour import Dispatch, email_rows, fax_rows, sort_rows
from sandbox.realmagnet.seed import record_dispatch
from sandbox.salesforce.lifecycle import convert, merge
from tests.connector.activity.world import World

URLS = ("https://www.example.org/agenda?a=1&b=2", "https://www.example.org/hotel", "https://www.example.org/Ärger")


def gather(world: World, seed: int = 1, size: int = 64) -> list[int]:
    """People and their recipients: plain, by short id, by address only, shared, converted, merged, deleted, unknown."""
    dice = Random(seed)
    return [_case(world, number, dice.choice(("Contact", "Contact", "Lead"))) for number in range(size)]


def _case(world: World, number: int, kind: str) -> int:
    email = f"Person{number}@Example.org"
    person = world.person(email, kind, LastName=("O'Brien", '"Quoted", Jr.', "Ωμέγα", "山田")[number % 4])
    if number % 8 in {3, 4}:
        return _moved_on(world, number, person, kind)
    match number % 16:
        case 0 | 8:
            return world.recipient(f"other{number}@example.net", person[:15])
        case 1 | 9:
            return world.recipient(email.upper(), ("", "M-17", person[:-1] + "?")[number // 8 % 3])
        case 2 | 10:
            world.person(email.lower(), "Lead")
            return world.recipient(email)
        case 5:
            world.delete(person)
            return world.recipient(email, person)
        case 6:
            email, person = f"stranger{number}@example.net", ""
    return world.recipient(email, person)


def _moved_on(world: World, number: int, person: str, kind: str) -> int:
    """A recipient under the id of a Lead that was converted, or of a record that lost a merge."""
    gone = world.person(f"was{number}@example.org", "Lead" if number % 8 == 3 else kind)
    if number % 8 == 3:
        convert(world.org, gone, world.person(f"contact{number}@example.org"))
    else:
        merge(world.org, person, gone)
    return world.recipient(f"gone{number}@example.org", gone)


def send_out(world: World, recipients: list[int], seed: int = 1, *, days_ago: float = 3.0, fax: bool = False) -> int:
    """A message to some of them, with all it will ever cause; what lies ahead shows as the clock moves on."""
    message = world.message(f"Message {seed}", hours_ago=24 * days_ago, urls=() if fax else URLS, fax=fax)
    dice = Random(seed)
    chosen = dice.sample(recipients, len(recipients) * 3 // 4)
    links = [message * 10 + place for place in range(len(URLS))]
    dispatch = Dispatch(message, world.now - int(days_ago * DAY), links, fax)
    seq = count(world.account.numbers("event", 60 * len(chosen))[0])
    if fax:
        rows = fax_rows(dice, dispatch, chosen, seq)
    else:
        rows = email_rows(dice, dispatch, chosen, seq, frozenset(chosen[:3]))
        again = Dispatch(message, dispatch.at + 5 * HOUR, links)
        record_dispatch(world.account, again, [])
        rows += email_rows(dice, again, chosen[:5], seq, frozenset())
    world.account.insert_events(sort_rows(rows))
    return message


def furnish(world: World, seed: int = 1, size: int = 64) -> None:
    """A whole small account: three e-mails of different age and a fax."""
    recipients = gather(world, seed, size)
    for number, days in enumerate((0.2, 2.0, 9.0)):
        send_out(world, recipients, seed * 100 + number, days_ago=days)
    send_out(world, recipients, seed * 100 + 50, days_ago=1.0, fax=True)


def mail(world: World, count: int = 6) -> list[str]:
    """One e-mail to so many people; answers their ids."""
    message = world.message()
    people = [world.person(f"person{number}@example.org") for number in range(count)]
    for number, person in enumerate(people):
        who = world.recipient(f"person{number}@example.org", person)
        world.send(message, who, world.now - HOUR + number * SECOND)
    return people
