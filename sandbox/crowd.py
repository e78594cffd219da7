"""Plain Contacts, Leads and Accounts made from a seed, one by one and cheaply; knows no named case and no server."""

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox import ids, names

_DOMAINS = ("members.example", "members.example", "example.org", "example.com", "example.net", "club.example")
_TITLES = ("Director, IT", "Vice President", "Member Services", "Praktikant/in", "Chief of Staff", "", "Éditrice")
_LEAD_STATES = ("Open - Not Contacted", "Working - Contacted", "Closed - Not Converted")
_MASK = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Account:
    id: str
    name: str
    phone: str
    city: str
    country: str


@dataclass(frozen=True, slots=True)
class Person:
    """What a Contact and a Lead share; an empty text means the field is blank."""

    id: str
    first_name: str
    last_name: str
    email: str
    phone: str
    mobile: str
    fax: str
    title: str
    street: str
    place: names.Place
    opted_out_of_email: bool = False
    opted_out_of_fax: bool = False
    is_deleted: bool = False
    merged_into: str = ""  # MasterRecordId: set on the deleted loser of a merge


@dataclass(frozen=True, slots=True)
class Contact(Person):
    account_id: str = ""


@dataclass(frozen=True, slots=True)
class Lead(Person):
    company: str = ""
    status: str = _LEAD_STATES[0]
    converted_contact_id: str = ""
    converted_account_id: str = ""

    @property
    def is_converted(self) -> bool:
        return self.converted_contact_id != ""


def mix(seed: int, stream: int, number: int) -> int:
    """A well-spread 64-bit number (splitmix64): person n is the same person however many are asked for."""
    state = (seed * 0x9E3779B97F4A7C15 + stream * 0xD1B54A32D192ED03 + number * 0x8CB92BA72F3D8DD7 + 1) & _MASK
    state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
    return state ^ (state >> 31)


def email_of(first: str, last: str, number: int, dice: int) -> str:
    """An address on an example domain; one in 25 has a plus sign, one in 25 upper case; names keep their apostrophe."""
    local = ".".join(part for part in (names.plain(first), names.plain(last)) if part) or "member"
    local = f"{local}{number}"
    if dice % 25 == 3:
        local += "+news"
    address = f"{local}@{_DOMAINS[dice // 25 % len(_DOMAINS)]}"
    return address.title() if dice % 25 == 7 else address


def _phone(dice: int, salt: int) -> str:
    return f"+1 202 555 {(dice >> salt) % 10_000:04d}"


def account_count(contacts: int) -> int:
    return max(1, contacts // 8)


def accounts(seed: int, contact_count: int) -> Iterator[Account]:
    for number in range(account_count(contact_count)):
        dice = mix(seed, 1, number)
        place = names.place(dice)
        name = f"{names.company(dice >> 8)} {number}"
        yield Account(ids.make_id(ids.ACCOUNT, number), name, _phone(dice, 16), place.city, place.country)


def contacts(seed: int, count: int, start: int = 0, account_total: int = 0) -> Iterator[Contact]:
    """Plain contacts without the named cases, numbered from ``start``: cheap enough for hundreds of thousands."""
    belongs = [ids.make_id(ids.ACCOUNT, number) for number in range(account_total or account_count(count))]
    for number in range(start, start + count):
        dice = mix(seed, 2, number)
        first, last = names.full_name(dice)
        yield Contact(
            id=ids.make_id(ids.CONTACT, number),
            first_name=first,
            last_name=last,
            email="" if dice % 41 == 5 else email_of(first, last, number, dice >> 20),
            phone=_phone(dice, 4),
            mobile=_phone(dice, 12) if dice % 3 else "",
            fax=_phone(dice, 24) if dice % 100 < 62 else "",
            title=_TITLES[(dice >> 9) % len(_TITLES)],
            street=f"{dice % 900 + 1} Example Street",
            place=names.place(dice >> 11),
            opted_out_of_email=dice % 29 == 1,
            opted_out_of_fax=dice % 31 == 1,
            account_id=belongs[number % len(belongs)],
        )


def leads(seed: int, count: int, start: int = 0) -> Iterator[Lead]:
    """Plain leads without the named cases, numbered from ``start``; their addresses never meet a contact's."""
    for number in range(start, start + count):
        dice = mix(seed, 3, number)
        first, last = names.full_name(dice)
        yield Lead(
            id=ids.make_id(ids.LEAD, number),
            first_name=first,
            last_name=last,
            email="" if dice % 43 == 5 else "lead-" + email_of(first, last, number, dice >> 20),
            phone=_phone(dice, 4),
            mobile=_phone(dice, 12) if dice % 2 else "",
            fax=_phone(dice, 24) if dice % 100 < 45 else "",
            title=_TITLES[(dice >> 9) % len(_TITLES)],
            street=f"{dice % 900 + 1} Sample Road",
            place=names.place(dice >> 11),
            opted_out_of_email=dice % 27 == 1,
            company=names.company(dice >> 13),
            status=_LEAD_STATES[dice % len(_LEAD_STATES)],
        )
