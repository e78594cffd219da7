"""The org's small settings by name, kept over a restart; it knows what none of them means."""

from sandbox.salesforce.database import Database


class Settings:
    """Text by name."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str, default: str) -> str:
        with self._database.reading() as connection:
            found = connection.execute("SELECT value FROM sandbox_setting WHERE name = ?", (name,)).fetchone()
        return str(found[0]) if found else default

    def set(self, name: str, value: str) -> None:
        with self._database.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO sandbox_setting (name, value) VALUES (?, ?)", (name, value))
