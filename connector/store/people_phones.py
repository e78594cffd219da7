"""Which telephone numbers people have, as they are dialled from anywhere."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, text

from connector.store.database import stage


def needed(connection: Connection, org_id: int) -> bool:
    """Whether any recipient is known by a telephone number."""
    statement = text("SELECT 1 FROM recipients WHERE org_id = :org AND phone <> '' LIMIT 1")
    return connection.execute(statement, {"org": org_id}).first() is not None


def put(
    connection: Connection, org_id: int, run_id: int, read: Iterable[str], numbers: Iterable[Sequence[str]]
) -> None:
    """Replace the numbers of the people that were read: (person, number) each."""
    stage(connection, "read_people", {"id": "TEXT"}, ((person,) for person in read))
    stage(connection, "read_numbers", {"person_id": "TEXT", "phone": "TEXT"}, numbers)
    values = {"org": org_id, "run": run_id}
    for statement in (
        """DELETE FROM people_phones WHERE org_id = :org AND person_id IN (SELECT id FROM read_people)
           AND NOT EXISTS (SELECT 1 FROM read_numbers n WHERE n.person_id = people_phones.person_id
                           AND n.phone = people_phones.phone)""",
        """INSERT INTO people_phones (org_id, person_id, phone, changed_run)
           SELECT :org, person_id, phone, :run FROM read_numbers WHERE true
           ON CONFLICT (org_id, person_id, phone) DO NOTHING""",
    ):
        connection.execute(text(statement), values)
