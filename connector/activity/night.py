"""What every step of a night needs beside the work of any run: the two vendors."""

from dataclasses import dataclass

from connector.model.runs import Phase
from connector.realmagnet.gateway import RealMagnet
from connector.salesforce.gateway import Salesforce
from connector.work import Work


@dataclass
class Night(Work):
    """One org's activity on its way from Real Magnet to Salesforce."""

    salesforce: Salesforce
    realmagnet: RealMagnet

    def report(self, phase: Phase, done: int = 0, total: int = 0) -> None:
        """Say where the run is, and now and then have its calls counted."""
        super().report(phase, done, total)
        self.salesforce.tell()

    @property
    def stopped(self) -> str:
        """What was written stays, so nothing has to be undone."""
        return "Stopped by a person. What was written stays written; the next run goes on from here."
