"""Users and the audit log are searched alike in both databases, and what is typed means nothing but itself."""

from connector.store import audit, provisioned, rights, users
from connector.store.audit import Actor, Wanted
from connector.store.database import Database
from connector.store.users import Identity


def test_users_and_entries_are_found_by_a_part_of_their_words(database: Database, org_id: int) -> None:
    with database.write() as connection:
        names = {
            name: users.welcome(connection, org_id, Identity(f"005{number:015}", name, "en_US", "UTC"))
            for number, name in enumerate(("Ada 100%", "Bob_B", "Émile"))
        }
        users.link(connection, names["Bob_B"], "Bob.Login")
        users.learn(connection, names["Émile"], "Sales", ["Two", "One"])
        audit.record(connection, Actor(org_id, names["Émile"]), "Changed it", {}, {"a": 1})
        audit.record(connection, Actor(org_id, None), "Made it", {}, {"a": 1})
    with database.read() as connection:

        def found(text: str) -> list[str]:
            return [str(row["name"]) for row in provisioned.users(connection, org_id, text, 0, 10)]

        def acted(**wanted: str) -> list[str]:
            return [str(row["name"]) for row in audit.entries(connection, org_id, 10, Wanted(**wanted))]

        assert [found(text) for text in ("", "ADA", "%", "_", "login", "Émi", "!")] == [
            list(names),
            ["Ada 100%"],
            ["Ada 100%"],
            ["Bob_B"],
            ["Bob_B"],
            ["Émile"],
            [],
        ]
        assert acted() == ["The operator", "Émile"]
        assert [acted(who="oper"), acted(action="CHANGED"), acted(action="_")] == [["The operator"], ["Émile"], []]
        assert provisioned.holders(connection, org_id) == (["Sales"], ["One", "Two"])
        assert rights.of_user(connection, names["Émile"])
