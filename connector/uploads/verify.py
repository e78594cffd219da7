"""Checks that the group holds the audience, sends once more what is missing there, and closes the run's books.

Members are only looked at when counts differ: a row that Real Magnet counted good and lost, and one stranger who came
into the same replaced group meanwhile, make up for each other unseen.
"""

from collections.abc import Iterator

from connector.model.audience import Rule
from connector.model.runs import Phase
from connector.model.uploads import How, Identifier
from connector.store import audience_counts, memberships, orgs, upload_chunks, upload_terms, uploads_under_way
from connector.store.audience_counts import Uploaded
from connector.store.database import CHUNK
from connector.store.memberships import Membership, membership
from connector.uploads.chunks import ROWS, send_all
from connector.uploads.identity import compared
from connector.uploads.job_work import JobWork

REFUSAL = "Real Magnet did not take this row"


def verify(work: JobWork) -> None:
    """Close the books: by the vendor's own counts when they agree with ours, else by looking at every member."""
    work.report(Phase.VERIFY)
    strangers = 0 if _counts_agree(work) else _compare(work)
    account = work.realmagnet.account
    with work.write() as connection:
        people = audience_counts.audience(connection, work.run_id).mailable
        sent = uploads_under_way.sent(connection, work.run_id)
        refused = memberships.refused(connection, work.run_id)
        uploaded = Uploaded(people - refused, sent.added, sent.updated, refused)
        audience_counts.keep_uploaded(connection, work.run_id, uploaded)
        orgs.note_account(connection, work.org_id, account)
        upload_terms.close(connection, work.run_id, closes=not strangers, words=_words(strangers))


def _counts_agree(work: JobWork) -> bool:
    """Whether every row was taken the first time, and a replaced group has as many members as we sent people."""
    with work.database.read() as connection:
        people = audience_counts.audience(connection, work.run_id).mailable
        sent = uploads_under_way.sent(connection, work.run_id)
        if sent.good != people or sent.extra:
            return False
        if work.definition.target.how is not How.REPLACE:
            return True
        recipients = (
            people if Rule.DUPLICATE in work.definition.rules else memberships.distinct(connection, work.run_id)
        )
    return work.realmagnet.group_size(work.definition.target.group_id).members == recipients


def _compare(work: JobWork) -> int:
    """Look for everybody in the group; who is missing is sent once more, and refused if that changes nothing.

    Answers how many strangers a replaced group holds.
    """
    with work.write() as connection:
        memberships.forgive(connection, work.run_id)
    while True:
        with membership(work.database) as members:
            _read_members(work, members)
            if not _cut_again(work, members):
                _refuse(work, members)
                replaces = work.definition.target.how is How.REPLACE
                return members.strangers(work.run_id) if replaces else 0
        work.reached("missing rows cut")
        send_all(work)
        work.report(Phase.VERIFY)


def _read_members(work: JobWork, members: Membership) -> None:
    group_id, identifier = work.definition.target.group_id, work.definition.identifier
    total, read = work.realmagnet.group_size(group_id).members, 0
    for page in work.realmagnet.members(group_id):
        members.add(
            compared(identifier, member.email if identifier is Identifier.EMAIL else member.custom_id)
            for member in page
        )
        read += len(page)
        work.report(Phase.VERIFY, read, max(total, read))


def _cut_again(work: JobWork, members: Membership) -> bool:
    """Put the missing rows that were sent once into uploads of their own; False when there are none."""
    found = False
    for places in _missing(work, members, extra=False, size=ROWS):
        found = True
        with work.write() as connection:
            upload_chunks.cut_again(connection, work.run_id, places)
    return found


def _refuse(work: JobWork, members: Membership) -> None:
    for places in _missing(work, members, extra=True, size=CHUNK):
        with work.write() as connection:
            memberships.refuse(connection, work.run_id, places, REFUSAL)


def _missing(work: JobWork, members: Membership, *, extra: bool, size: int) -> Iterator[list[int]]:
    after = 0
    while places := members.missing(work.run_id, extra=extra, after=after, limit=size):
        yield places
        after = places[-1]


def _words(strangers: int) -> str:
    if not strangers:
        return ""
    people = "1 person is in the group who does" if strangers == 1 else f"{strangers:,} people are in the group who do"
    return (
        f"{people} not belong to the audience: put there by somebody else while this run was under way. "
        "Run it again to take them out."
    )
