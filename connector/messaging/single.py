"""A message to one person, sent once: whatever happens on the way, never twice by itself."""

from connector.work import Work


def run_single_send(work: Work, send_id: int) -> bool:
    """Begun here; see the design."""
    work.reached("begun")
    return bool(send_id)
