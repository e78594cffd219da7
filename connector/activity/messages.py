"""The messages of an account as the ledger remembers them: names, last sent, and the groups that they went to."""

from collections.abc import Sequence

from connector import clock
from connector.activity.night import Night
from connector.model.tracking import Message
from connector.store import ledger, message_groups


def remember(night: Night, messages: Sequence[Message]) -> None:
    """Bring the ledger's messages up to date with what Real Magnet just told of these; others stay as they are."""
    rows = [(m.id, m.name, clock.milliseconds(m.last_sent) if m.last_sent else None) for m in messages]
    groups = {message.id: message.groups for message in messages}
    with night.write() as connection:
        ledger.upsert_messages(connection, night.org_id, night.run_id, rows)
        message_groups.replace(connection, night.org_id, groups)
