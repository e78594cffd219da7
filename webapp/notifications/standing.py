"""What Home and the navigation say of troubles that are not over. It changes nothing."""

from typing import Any

from sqlalchemy import Connection

from connector.model.notices import SCHEDULE
from connector.store import notice_book, notice_hearts
from webapp.sessions import visitor
from webapp.wiring import wiring


def of_home(connection: Connection) -> dict[str, Any]:
    """The troubles that nobody has put aside, and which of the processes behind everything stand still."""
    found = notice_book.unseen(connection, visitor().org_id)
    told = {row["about"] for row in notice_book.open_ones(connection, visitor().org_id)}
    silent = notice_hearts.silent(connection)
    return {
        "open_notices": found,
        "silent_watch": silent.get(notice_hearts.WATCH),
        "silent_tick": None if SCHEDULE in told else silent.get(notice_hearts.TICK),
    }


def unseen_count() -> int:
    """How many troubles wait for somebody to look, for the navigation."""
    with wiring().services.database.read() as connection:
        return len(notice_book.unseen(connection, visitor().org_id))
