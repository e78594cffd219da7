"""What every step of a night needs beside the work of any run: the two vendors."""

from dataclasses import dataclass

from connector.realmagnet.gateway import RealMagnet
from connector.salesforce.gateway import Salesforce
from connector.work import Work


@dataclass
class Night(Work):
    """One org's activity on its way from Real Magnet to Salesforce."""

    salesforce: Salesforce
    realmagnet: RealMagnet

    @property
    def stopped(self) -> str:
        """What was written stays, so nothing has to be undone."""
        return "Stopped by a person. What was written stays written; the next run goes on from here."
