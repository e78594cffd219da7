"""Tells what is due to be told, by mail or webhook, and keeps what the other side said. It decides nothing."""

import json
import time
from dataclasses import dataclass

import structlog

from connector import clock
from connector.errors import ConnectorError, Misconfigured
from connector.model.notices import Road
from connector.notices import mail, telling, webhook
from connector.settings import Settings
from connector.store import notice_addresses, notice_deliveries
from connector.store.database import Database
from connector.store.notice_addresses import Address
from connector.store.notice_deliveries import Delivery
from connector.store.vault import Vault

SECRET = "notice.secret"
MOST = 200
"""Most deliveries of one round."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Outgoing:
    """What it takes to send."""

    settings: Settings
    database: Database
    vault: Vault


def deliver_due(out: Outgoing, seconds: float = 30.0) -> int:
    """Send what is due until this time is over; answers how much arrived."""
    arrived, until = 0, time.monotonic() + seconds
    for _ in range(MOST):
        delivery = notice_deliveries.take(out.database) if time.monotonic() < until else None
        if delivery is None:
            break
        arrived += _delivered(out, delivery)
    return arrived


def _delivered(out: Outgoing, delivery: Delivery) -> bool:
    with out.database.read() as connection:
        address = notice_addresses.get(connection, delivery.org_id, delivery.address_id)
    if address is None:
        with out.database.write() as connection:
            notice_deliveries.refused(connection, delivery, "The address was removed.", for_good=True)
        return False
    arrived, answer = attempt(out, address, delivery.body, f"{delivery.id}-{delivery.made_at}")
    with out.database.write() as connection:
        notice_addresses.note_answer(connection, address.id, answer)
        if arrived:
            notice_deliveries.sent(connection, delivery, answer)
        else:
            notice_deliveries.refused(connection, delivery, answer)
    log.info("notice.sent", org=delivery.org_id, delivery=delivery.id, arrived=arrived)
    return arrived


def attempt(out: Outgoing, address: Address, document: str, number: str) -> tuple[bool, str]:
    """Send one document now: whether it arrived, and what the other side said, in words."""
    try:
        if address.road is Road.MAIL:
            return True, mail.send(out.settings, _mail(address, document, number))
        secret = out.vault.open(str(address.org_id), SECRET, address.secret)
        post = webhook.Post(address.address, secret, webhook.numbered(document, number))
        return True, webhook.send(out.settings, post)
    except Misconfigured as error:
        return False, f"{error} {error.advice}".strip()
    except ConnectorError as error:
        return False, str(error)


def try_now(out: Outgoing, address: Address, document: str) -> tuple[bool, str]:
    """A test that a person asked for: sent at once, and noted."""
    arrived, answer = attempt(out, address, document, f"test-{address.id}-{clock.milliseconds(clock.now())}")
    with out.database.write() as connection:
        notice_addresses.note_answer(connection, address.id, answer)
        notice_deliveries.note_test(connection, address.org_id, address.id, answer, arrived=arrived)
    return arrived, answer


def _mail(address: Address, document: str, number: str) -> mail.Mail:
    told = json.loads(document)
    return mail.Mail(address.address, telling.subject(told), telling.plain(told), number)
