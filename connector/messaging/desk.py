"""What a message to one person is prepared with, whether a screen or a run asks: the store and both vendors."""

from dataclasses import dataclass

from connector.realmagnet.gateway import RealMagnet
from connector.salesforce.gateway import Salesforce
from connector.store.database import Database
from connector.work import Work


@dataclass(frozen=True)
class Desk:
    """One org's store and connections, as a screen has them; for one thread."""

    database: Database
    org_id: int
    salesforce: Salesforce
    realmagnet: RealMagnet


@dataclass
class SingleWork(Work):
    """A run that sends one message to one person."""

    salesforce: Salesforce
    realmagnet: RealMagnet

    @property
    def desk(self) -> Desk:
        """The same store and connections, as the checks want them."""
        return Desk(self.database, self.org_id, self.salesforce, self.realmagnet)
