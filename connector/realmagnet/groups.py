"""What the product asks about groups and has done with them; it keeps nothing."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from connector.errors import CredentialsRefused, Refused, UnexpectedAnswer
from connector.model.groups import Group, GroupSize, Member, RecipientField
from connector.realmagnet import translate_groups
from connector.realmagnet.session import Session

T = TypeVar("T")

PAGE = 2000
ALL = {"DisplayStatus": 2, "SubscriptionGroup": 2}
"""Shown and hidden, on the subscription page and not."""


def every(session: Session) -> list[Group]:
    """Every group of the account."""
    return _listed(session, "GetGroups", ALL, translate_groups.groups)


def named(session: Session, name: str) -> list[Group]:
    """The groups of this name, letter case and blanks around it apart; a name may well be there twice."""
    wanted = name.strip()
    try:
        found = _listed(session, "GetGroupsEx", {**ALL, "GroupName": wanted}, translate_groups.groups)
    except CredentialsRefused:
        raise
    except (Refused, UnexpectedAnswer):
        found = every(session)
    return [group for group in found if group.name.strip().casefold() == wanted.casefold()]


def size(session: Session, group_id: int) -> GroupSize:
    """How many are in a group. Raises `NotFound`."""
    return session.ask("GetGroupDetails", {"GroupID": group_id}, translate_groups.group_size)


def create(session: Session, name: str) -> int:
    """A new group's number. Raises `Refused`, and `Unsure`: look for the name before creating it again."""
    return session.change("AddGroup", {"GroupName": name.strip()}, translate_groups.new_group)


def fields(session: Session) -> list[RecipientField]:
    """The fields that recipients of the account have."""
    return session.ask("GetRecipientFields", {}, translate_groups.fields)


def members(session: Session, group_id: int) -> Iterator[list[Member]]:
    """Who is in a group, a page at a time. Request and paging are assumed, so both of its spellings are sent.

    A short page is the last; so is one that repeats the page before or is too long, should the vendor know no paging.
    """
    page, last = 0, -1
    while True:
        page += 1
        pages = {"PageNumber": page, "PageNo": page, "PageCount": PAGE, "PageSize": PAGE}
        found = _listed(session, "GetGroupRecipients", {"GroupID": group_id, **pages}, translate_groups.members)
        if not found or found[0].recipient_id == last:
            return
        last = found[0].recipient_id
        yield found
        if len(found) != PAGE:
            return


def _listed(session: Session, operation: str, body: dict[str, Any], shape: Callable[[Any], list[T]]) -> list[T]:
    """An expired session may well answer with an empty list, so nothing is believed only from a fresh one."""
    found = session.ask(operation, body, shape)
    if not found:
        session.authenticate()
        found = session.ask(operation, body, shape)
    return found
