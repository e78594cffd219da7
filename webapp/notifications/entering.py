"""Reads what was entered in Notifications: every mistake in words beside its field. It knows no request."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from connector.model.addresses import email_trouble
from connector.model.notices import Road, Wants
from connector.notices import webhook
from connector.settings import Settings
from connector.store.notice_addresses import MOST, Address
from connector.store.notice_settings import Chosen
from webapp.manage_data.form import TIME_WORDS, time_of

NO_ADDRESS = "Enter an e-mail address such as you@example.org, or the address of a webhook that begins with https://."
NO_MAILBOX = "This is no e-mail address. Enter one address, such as you@example.org."
LONG = "An address has at most 500 characters."
TAKEN = "Notices go to this address already: it is in the list below."
MANY = f"Notices go to at most {MOST} addresses. Remove one first."
HOURS_WORDS = "Enter a whole number of hours from 1 to 720."
_LONGEST, _MOST_HOURS = 500, 720


@dataclass(frozen=True)
class NewAddress:
    """A new address as it was typed, and what is wrong with it."""

    address: str = field(default="", repr=False)
    wants: Wants = Wants.ERRORS
    problem: str = ""

    @property
    def road(self) -> Road:
        """A webhook's address has a scheme, a mailbox has none."""
        return Road.WEBHOOK if "://" in self.address else Road.MAIL


def new_address(values: Mapping[str, str], settings: Settings, known: list[Address]) -> NewAddress:
    """An address with what to mend, if anything."""
    read = NewAddress(values.get("to", "").strip(), wants_of(values))
    return NewAddress(read.address, read.wants, _problem(read, settings, known))


def wants_of(values: Mapping[str, str]) -> Wants:
    """What an address wants to hear of."""
    entered = values.get("wants", "")
    return Wants(entered) if entered in set(Wants) else Wants.ERRORS


def _problem(read: NewAddress, settings: Settings, known: list[Address]) -> str:
    if not read.address or ("@" not in read.address and read.road is Road.MAIL):
        return NO_ADDRESS
    if len(read.address) > _LONGEST:
        return LONG
    if any(one.address.casefold() == read.address.casefold() for one in known):
        return TAKEN
    if len(known) >= MOST:
        return MANY
    if read.road is Road.WEBHOOK:
        return webhook.trouble(settings, read.address)
    return NO_MAILBOX if email_trouble(read.address) else ""


@dataclass(frozen=True)
class Entered:
    """The report's time and the hours of freshness as they were typed, and what is wrong with which."""

    report: bool
    report_time: str
    fresh_hours: str
    problems: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def chosen(self) -> Chosen:
        """What is kept, once nothing is wrong."""
        return Chosen(self.report, self.report_time, int(self.fresh_hours))


def settings_of(values: Mapping[str, str]) -> Entered:
    """What was entered, with what to mend."""
    at, hours = values.get("report_time", "").strip(), values.get("fresh_hours", "").strip()
    problems: dict[str, str] = {}
    time = time_of(at)
    if time is None:
        problems["report_time"] = TIME_WORDS
    if not (
        hours.isascii() and hours.isdigit() and len(hours) <= len(str(_MOST_HOURS)) and 1 <= int(hours) <= _MOST_HOURS
    ):
        problems["fresh_hours"] = HOURS_WORDS
    return Entered(values.get("report") == "on", time or at, hours, problems)


def as_entered(chosen: Chosen) -> Entered:
    """What is kept, as the form shows it."""
    return Entered(chosen.report, chosen.report_time, str(chosen.fresh_hours))
