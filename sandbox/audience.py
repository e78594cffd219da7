"""Who of the crowd is known to Real Magnet, under which Custom Member ID, and whom each one truly is; no store."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from sandbox import ids, names
from sandbox.people import Contact, Lead, People, Person, mix

STRANGERS = 150


class CustomId(StrEnum):
    """What kind of Custom Member ID a recipient carries."""

    LONG = "the 18-character id"
    SHORT = "the 15-character id"
    BLANK = "none: the address alone tells"
    RUBBISH = "not an id, or one with a wrong checksum"
    CONVERTED = "the id of a lead that was converted"
    MERGED = "the id of a record that lost a merge"
    DELETED = "the id of a deleted record"
    STRANGER = "no person in Salesforce stands behind it"


@dataclass(frozen=True, slots=True)
class Subscriber:
    """`person_id` is the record activity belongs to (empty: none): the answer a matcher must find."""

    kind: CustomId
    custom_id: str
    person_id: str
    first_name: str
    last_name: str
    email: str
    phone: str
    fax: str
    address: str
    place: names.Place
    company: str
    title: str
    is_case: bool = False


def subscribers(people: People) -> list[Subscriber]:
    """One a distinct address (the account tells recipients apart by e-mail), contacts before leads, then strangers."""
    found: dict[str, Subscriber] = {}
    companies = {account.id: account.name for account in people.accounts}
    standing = _standing(people)
    for number, person in enumerate((*people.contacts, *people.leads)):
        key = person.email.lower()
        if key and key not in found:
            company = companies[person.account_id] if isinstance(person, Contact) else _company(person)
            kind, custom_id, person_id = _identity(number, person, standing)
            found[key] = _subscriber(person, (kind, custom_id, person_id), company)
    return [*found.values(), *_strangers(people.seed)]


def _company(person: Person) -> str:
    return person.company if isinstance(person, Lead) else ""


def _standing(people: People) -> dict[str, tuple[CustomId, str, str]]:
    """By person: the identity of those in a named case, the custom id being the record that is gone."""
    cases = people.cases
    found = {gone: (CustomId.MERGED, gone, stands) for gone, stands in (*cases.merged_contacts, *cases.merged_leads)}
    found |= {stands: (CustomId.CONVERTED, lead, stands) for lead, stands in cases.converted_leads}
    found |= {gone: (CustomId.DELETED, gone, "") for gone in cases.deleted}
    lead_id, survivor = cases.converted_then_merged
    loser = next(lead.converted_contact_id for lead in people.leads if lead.id == lead_id)
    found[loser] = (CustomId.CONVERTED, lead_id, survivor)
    found |= {twin: (CustomId.SHORT, twin[: ids.SHORT], twin) for twin in cases.case_twins}
    return found


def _identity(number: int, person: Person, standing: dict[str, tuple[CustomId, str, str]]) -> tuple[CustomId, str, str]:
    if person.id in standing:
        return standing[person.id]
    if number % 25 == 9:
        return CustomId.SHORT, person.id[: ids.SHORT], person.id
    if number % 40 == 11:
        return CustomId.RUBBISH, _rubbish(number, person), person.id
    if number % 30 == 13:
        return CustomId.BLANK, "", person.id
    return CustomId.LONG, person.id, person.id


def _rubbish(number: int, person: Person) -> str:
    wrong = person.id[: ids.SHORT] + ("AAA" if not person.id.endswith("AAA") else "BBB")
    return (f"M-{number:05d}", wrong, "n/a", "003", "'; --")[number // 40 % 5]


def _subscriber(person: Person, identity: tuple[CustomId, str, str], company: str) -> Subscriber:
    kind, custom_id, person_id = identity
    return Subscriber(
        kind=kind,
        custom_id=custom_id,
        person_id=person_id,
        first_name=person.first_name,
        last_name=person.last_name,
        email=person.email,
        phone=person.phone,
        fax=person.fax,
        address=person.street,
        place=person.place,
        company=company,
        title=person.title,
        is_case=identity[0] in {CustomId.MERGED, CustomId.CONVERTED, CustomId.DELETED} or "desk@" in person.email,
    )


def _strangers(seed: int) -> Iterator[Subscriber]:
    """People Salesforce never heard of; some carry a well-formed id of no record."""
    for number in range(STRANGERS):
        dice = mix(seed, 5, number)
        first, last = names.full_name(dice)
        yield Subscriber(
            kind=CustomId.STRANGER,
            custom_id=("", f"M-9{number:04d}", ids.make_id(ids.CONTACT, 40_000_000 + number))[number % 3],
            person_id="",
            first_name=first,
            last_name=last,
            email=f"stranger{number}@elsewhere.example",
            phone="",
            fax=f"+1 202 555 {dice % 10_000:04d}" if number % 2 else "",
            address="",
            place=names.place(dice >> 8),
            company="",
            title="",
            is_case=number < 10,
        )
