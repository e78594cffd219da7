"""A fax to one person, for which Real Magnet has no operation (assumed): a group of ours that holds just this person.

The org's single sends go one at a time, under their own lease, and nothing else is ever put into that group.
"""

import time

from connector.errors import Refused, Temporary
from connector.messaging.desk import SingleWork
from connector.model.groups import CUSTOM_MEMBER_ID, EMAIL, GroupSend, Upload, single_fax_group
from connector.model.runs import Phase
from connector.model.single_sends import MessageContent, RecipientNow
from connector.store import single_sends

PATIENCE_SECONDS = 600.0
_NOT_ALONE = "The group for single faxes did not hold exactly this person, so nothing was sent."


def group_of(work: SingleWork, recipient: RecipientNow) -> int:
    """The org's group for single faxes, made if it is not there, with nobody but this recipient in it."""
    with work.database.read() as connection:
        name = single_fax_group(single_sends.salesforce_org(connection, work.org_id))
    found = [group.id for group in work.realmagnet.groups_named(name)]
    group_id = min(found) if found else work.realmagnet.create_group(name)
    work.reached("fax group found")
    row = ",".join('"' + value.replace('"', '""') + '"' for value in (recipient.custom_id, recipient.email))
    only = Upload(group_id, (CUSTOM_MEMBER_ID, EMAIL), row, replace=True, update=False)
    _followed(work, work.realmagnet.upload(only))
    check_alone(work, group_id, recipient)
    return group_id


def check_alone(work: SingleWork, group_id: int, recipient: RecipientNow) -> None:
    """Raises `Refused` unless this recipient is all there is in the group."""
    members = {one.recipient_id for page in work.realmagnet.members(group_id) for one in page}
    if members != {recipient.id}:
        raise Refused(_NOT_ALONE, advice=f"Look at group {group_id} in Real Magnet, then send the fax again.")


def send(work: SingleWork, group_id: int, content: MessageContent) -> int:
    """Fax it to the group; the vendor's number of the job. Raises `Unsure` when the answer was lost."""
    details = content.details
    wanted = GroupSend(details.id, (group_id,), details.subject, details.sender, fax=True, again=True)
    return work.realmagnet.send_to_groups(wanted)


def _followed(work: SingleWork, number: int) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not (status := work.realmagnet.upload_status(number)).done:
        if time.monotonic() > until:
            raise Temporary("Real Magnet has not put the person into the group for single faxes yet.")
        work.wait(Phase.SEND, work.settings.poll_seconds)
    if status.error or not status.good:
        raise Refused(f"Real Magnet did not put the person into the group for single faxes: {status.error}".strip(": "))
