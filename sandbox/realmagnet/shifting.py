"""New events that happen between one page and the next, when the switch asks for them; knows no HTTP."""

from sandbox.realmagnet.call import Call
from sandbox.realmagnet.kinds import Kind

_STATUS = {Kind.EMAIL_BOUNCED: 2, Kind.FAX_FAILED: 2, Kind.EMAIL_SENT: 1, Kind.FAX_SENT: 1}


def insert_between_pages(call: Call, message_id: int, kind: Kind) -> None:
    """Real events, not echoes: the truth counts them too. They happen now, so they stand before every older row."""
    count = call.bad_days.take_shift()
    if count == 0:
        return
    chosen = call.account.all(
        "SELECT recipient_id, link_id FROM event WHERE message_id = ? AND kind = ? ORDER BY at, seq LIMIT ?",
        *(message_id, kind, count),
    )
    seqs = call.account.numbers("event", len(chosen))
    rows = [
        (message_id, kind, call.now, seq, row["recipient_id"], _STATUS.get(kind, 1), None, row["link_id"])
        for seq, row in zip(seqs, chosen, strict=True)
    ]
    call.account.insert_events(rows)
