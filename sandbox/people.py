"""Everyone both stand-ins agree on: the crowd, the cases that hurt, the campaigns; no server and no store."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sandbox import ids
from sandbox.crowd import Account, Contact, Lead, Person, accounts, contacts, leads, mix

__all__ = ["Account", "Campaign", "CampaignMember", "Cases", "Contact", "Lead", "People", "Person", "build"]

CASE_ROOM = 64  # the first people of each kind carry the named cases
_CONVERTED = ((2, 1), (3, 2), (4, 3))  # lead number to contact number
_CONVERTED_THEN_MERGED = (5, 4, 5)  # lead, contact that lost a merge, survivor
_MERGED_CONTACTS = ((6, 7), (8, 9), (10, 9))  # loser to survivor; one survivor won twice
_MERGED_LEADS = ((6, 7),)
_DELETED_CONTACTS, _DELETED_LEADS = (11, 12), (8,)
_CAMPAIGNS = (
    ("Spring Conference", "Conference", ("Invited", "Registered", "Attended")),
    ("Members' Newsletter: Ελλάδα", "Email", ("Sent", "Responded")),
    ("Renewal 2026", "Direct Mail", ("Planned", "Renewed", "Lapsed")),
    ("Опрос участников", "Survey", ("Asked", "Answered")),
)


@dataclass(frozen=True, slots=True)
class MemberStatus:
    label: str
    sort_order: int
    is_default: bool
    has_responded: bool


@dataclass(frozen=True, slots=True)
class Campaign:
    id: str
    name: str
    type: str
    is_active: bool
    member_statuses: tuple[MemberStatus, ...]


@dataclass(frozen=True, slots=True)
class CampaignMember:
    """One of the two person ids is set, the other is empty."""

    id: str
    campaign_id: str
    contact_id: str
    lead_id: str
    status: str


@dataclass(frozen=True, slots=True)
class SharedAddress:
    email: str
    contact_id: str
    lead_ids: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Cases:
    """Where to find the people that hurt; pairs go from the record that is gone to the one that stands for it."""

    shared_address: SharedAddress
    converted_leads: tuple[tuple[str, str], ...]
    converted_then_merged: tuple[str, str]  # a lead, converted to a contact that later lost a merge; its survivor
    merged_contacts: tuple[tuple[str, str], ...]
    merged_leads: tuple[tuple[str, str], ...]
    deleted: tuple[str, ...]
    case_twins: tuple[str, str]  # two live contacts whose short ids differ in the case of a letter only


@dataclass(frozen=True, slots=True)
class People:
    seed: int
    accounts: tuple[Account, ...]
    contacts: tuple[Contact, ...]
    leads: tuple[Lead, ...]
    campaigns: tuple[Campaign, ...]
    members: tuple[CampaignMember, ...]
    cases: Cases

    @property
    def opted_out(self) -> tuple[str, ...]:
        return tuple(person.id for person in (*self.contacts, *self.leads) if person.opted_out_of_email)


def build(seed: int = 1, contact_count: int = 2_400, lead_count: int = 900) -> People:
    """Everyone, the named cases included; refuses counts too small to hold the cases."""
    if min(contact_count, lead_count) < CASE_ROOM:
        raise ValueError(f"the named cases need at least {CASE_ROOM} contacts and {CASE_ROOM} leads")
    some_contacts, some_leads = list(contacts(seed, contact_count)), list(leads(seed, lead_count))
    _give_case_addresses(some_contacts, some_leads)
    _share_address(some_contacts, some_leads)
    _convert(some_contacts, some_leads)
    _merge_and_delete(some_contacts, some_leads)
    campaigns = tuple(_campaign(number) for number in range(len(_CAMPAIGNS)))
    return People(
        seed,
        tuple(accounts(seed, contact_count)),
        tuple(some_contacts),
        tuple(some_leads),
        campaigns,
        tuple(_members(seed, campaigns, some_contacts, some_leads)),
        _cases(some_contacts, some_leads),
    )


def _give_case_addresses(some_contacts: list[Contact], some_leads: list[Lead]) -> None:
    """The people with named cases always have an address and a fax and never opted out, so the cases are reachable."""
    for number in range(CASE_ROOM):
        some_contacts[number] = replace(
            some_contacts[number],
            email=f"case{number}@members.example",
            fax=f"+1 202 555 {number:04d}",
            opted_out_of_email=False,
            opted_out_of_fax=False,
        )
        some_leads[number] = replace(
            some_leads[number],
            email=f"lead-case{number}@example.org",
            fax=f"+1 202 555 {CASE_ROOM + number:04d}",
            opted_out_of_email=False,
        )


def _share_address(some_contacts: list[Contact], some_leads: list[Lead]) -> None:
    some_contacts[0] = replace(some_contacts[0], email="front.desk@club.example")
    some_leads[0] = replace(some_leads[0], email="front.desk@club.example")
    some_leads[1] = replace(some_leads[1], email="Front.Desk@Club.example")


def _convert(some_contacts: list[Contact], some_leads: list[Lead]) -> None:
    for lead_number, contact_number in (*_CONVERTED, _CONVERTED_THEN_MERGED[:2]):
        contact, lead = some_contacts[contact_number], some_leads[lead_number]
        some_contacts[contact_number] = replace(
            contact, first_name=lead.first_name, last_name=lead.last_name, email=lead.email
        )
        some_leads[lead_number] = replace(
            lead,
            status="Closed - Converted",
            converted_contact_id=contact.id,
            converted_account_id=contact.account_id,
        )


def _merge_and_delete(some_contacts: list[Contact], some_leads: list[Lead]) -> None:
    for loser, survivor in (*_MERGED_CONTACTS, _CONVERTED_THEN_MERGED[1:]):
        master = some_contacts[survivor].id
        some_contacts[loser] = replace(some_contacts[loser], is_deleted=True, merged_into=master)
    for loser, survivor in _MERGED_LEADS:
        some_leads[loser] = replace(some_leads[loser], is_deleted=True, merged_into=some_leads[survivor].id)
    for number in _DELETED_CONTACTS:
        some_contacts[number] = replace(some_contacts[number], is_deleted=True)
    for number in _DELETED_LEADS:
        some_leads[number] = replace(some_leads[number], is_deleted=True)


def _cases(some_contacts: Sequence[Contact], some_leads: Sequence[Lead]) -> Cases:
    contact_ids = [contact.id for contact in some_contacts]
    lead_ids = [lead.id for lead in some_leads]
    shared = SharedAddress(some_contacts[0].email, contact_ids[0], (lead_ids[0], lead_ids[1]))
    lead, _loser, survivor = _CONVERTED_THEN_MERGED
    return Cases(
        shared_address=shared,
        converted_leads=tuple((lead_ids[gone], contact_ids[stands]) for gone, stands in _CONVERTED),
        converted_then_merged=(lead_ids[lead], contact_ids[survivor]),
        merged_contacts=tuple((contact_ids[gone], contact_ids[stands]) for gone, stands in _MERGED_CONTACTS),
        merged_leads=tuple((lead_ids[gone], lead_ids[stands]) for gone, stands in _MERGED_LEADS),
        deleted=(*(contact_ids[n] for n in _DELETED_CONTACTS), *(lead_ids[n] for n in _DELETED_LEADS)),
        case_twins=_case_twins(contact_ids),
    )


def _case_twins(contact_ids: Sequence[str]) -> tuple[str, str]:
    """Found, not made: counting in base 62 meets every letter in both cases."""
    seen: dict[str, str] = {}
    for contact_id in contact_ids[CASE_ROOM // 4 :]:
        short = contact_id[: ids.SHORT]
        twin = seen.setdefault(short.lower(), contact_id)
        if twin != contact_id:
            return twin, contact_id
    raise ValueError("too few contacts to hold a pair of case twins")


def _campaign(number: int) -> Campaign:
    name, kind, labels = _CAMPAIGNS[number]
    statuses = tuple(
        MemberStatus(label, order + 1, is_default=order == 0, has_responded=order > 0)
        for order, label in enumerate(labels)
    )
    return Campaign(ids.make_id(ids.CAMPAIGN, number), name, kind, is_active=number != 2, member_statuses=statuses)


def _members(
    seed: int, campaigns: Sequence[Campaign], some_contacts: Sequence[Contact], some_leads: Sequence[Lead]
) -> list[CampaignMember]:
    """About a third of the living people in each campaign; converted leads stay members through their contact."""
    found: list[CampaignMember] = []
    for campaign_number, campaign in enumerate(campaigns):
        for number, person in enumerate((*some_contacts, *some_leads)):
            dice = mix(seed, 10 + campaign_number, number)
            gone = person.is_deleted or (isinstance(person, Lead) and person.is_converted)
            if gone or dice % 3:
                continue
            status = campaign.member_statuses[(dice >> 8) % len(campaign.member_statuses)].label
            contact_id = person.id if isinstance(person, Contact) else ""
            lead_id = person.id if isinstance(person, Lead) else ""
            member_id = ids.make_id(ids.CAMPAIGN_MEMBER, len(found))
            found.append(CampaignMember(member_id, campaign.id, contact_id, lead_id, status))
    return found
