"""Asks Salesforce or Real Magnet one question for a screen; what goes wrong becomes words, not a broken page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog

from connector.errors import ConnectorError
from connector.realmagnet.gateway import RealMagnet
from connector.salesforce.gateway import Salesforce
from webapp.sessions import visitor
from webapp.wiring import wiring

log = structlog.get_logger("webapp.wizard")

T = TypeVar("T")


@dataclass(frozen=True)
class Answer(Generic[T]):
    """What was answered; with an error, what stands in its place."""

    value: T
    error: ConnectorError | None = None

    @property
    def trouble(self) -> str:
        """The error in words and what to do; empty without one."""
        return f"{self.error} {self.error.advice}".strip() if self.error else ""


def salesforce(question: Callable[[Salesforce], T], otherwise: T) -> Answer[T]:
    """Ask the visitor's org."""
    try:
        gateway = wiring().services.salesforce(visitor().org_id)
        try:
            return Answer(question(gateway))
        finally:
            gateway.close()
    except ConnectorError as error:
        return _told("Salesforce", error, otherwise)


def realmagnet(question: Callable[[RealMagnet], T], otherwise: T) -> Answer[T]:
    """Ask the org's Real Magnet account."""
    try:
        gateway = wiring().services.realmagnet(visitor().org_id)
        try:
            return Answer(question(gateway))
        finally:
            gateway.close()
    except ConnectorError as error:
        return _told("Real Magnet", error, otherwise)


def _told(vendor: str, error: ConnectorError, otherwise: T) -> Answer[T]:
    log.warning("not answered", vendor=vendor, error=type(error).__name__, reason=str(error))
    return Answer(otherwise, error)
