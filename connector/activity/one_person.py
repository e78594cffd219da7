"""One Contact or Lead: who that is by now, and which recipients in Real Magnet it is. It collects no activity."""

from connector.activity.index_people import QUERIES, rows_of
from connector.activity.match import match_some
from connector.activity.night import Night
from connector.errors import NotFound, Refused, Temporary
from connector.model.people import address, id18, kind_of
from connector.salesforce.soql import quoted
from connector.store import ledger, people, person_activity

MOST_STEPS = 5
"""A converted Lead's Contact that lost a merge is two steps away; a longer chain waits for the night."""
GONE = "This person was deleted in Salesforce, so nothing can be read for it."


def living(night: Night, record_id: str) -> tuple[str, str]:
    """The id and address of the living person behind a record, which is read anew from Salesforce.

    Where Salesforce does not answer, what is known must do. Raises `NotFound` for a deleted person and for none.
    """
    try:
        _index(night, record_id)
    except (Refused, Temporary):
        with night.database.read() as connection:
            if person_activity.person(connection, night.org_id, record_id) is None:
                raise
    with night.database.read() as connection:
        found = person_activity.person(connection, night.org_id, record_id)
    if found is None or found["id"] is None:
        raise NotFound(GONE)
    return str(found["id"]), str(found["email"])


def _index(night: Night, record_id: str, further: int = MOST_STEPS) -> None:
    """Read this record, and whom it became."""
    kind = kind_of(record_id)
    soql = f"{QUERIES[kind]} WHERE Id = {quoted(record_id)}"
    rows = list(rows_of(kind, night.salesforce.query(soql, include_deleted=True)))
    with night.write() as connection:
        people.upsert(connection, night.org_id, night.run_id, rows)
        people.follow(connection, night.org_id, night.run_id)
    for became in {str(row[5]) for row in rows if row[5]} if further else ():
        _index(night, id18(became), further - 1)


def recipients(night: Night, person_id: str, email: str) -> list[int]:
    """The numbers of the recipients that a person is, found anew by id and by address, and matched."""
    asked = {id18(person_id): "", person_id[:15]: "", "": email}
    rows: dict[int, tuple[int, str, str]] = {}
    for custom_id, mail in asked.items():
        if custom_id or mail:
            for number, told, custom in night.realmagnet.recipients(custom_id=custom_id, email=mail):
                rows[number] = (number, address(told)[:255], id18(custom.strip())[:80])
    with night.write() as connection:
        ledger.upsert_recipients(connection, night.org_id, night.run_id, rows.values())
        known = {*rows, *person_activity.recipients(connection, night.org_id, person_id)}
        match_some(connection, night, [(number,) for number in sorted(known)])
        return person_activity.recipients(connection, night.org_id, person_id)
