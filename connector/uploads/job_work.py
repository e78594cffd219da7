"""What every step of a preview or an upload needs beside the work of any run: the job and the two vendors."""

from dataclasses import dataclass

from connector.errors import Misconfigured
from connector.model.runs import Phase
from connector.model.uploads import Definition
from connector.realmagnet.gateway import RealMagnet
from connector.salesforce.gateway import Salesforce
from connector.store.upload_jobs import UploadJob
from connector.work import Work


@dataclass
class JobWork(Work):
    """One run of an upload job, or the preview of a draft."""

    salesforce: Salesforce
    realmagnet: RealMagnet
    job: UploadJob

    def report(self, phase: Phase, done: int = 0, total: int = 0) -> None:
        """Say where the run is, and now and then have its calls counted."""
        super().report(phase, done, total)
        self.salesforce.tell()

    @property
    def definition(self) -> Definition:
        """What the run goes by. Raises `Misconfigured` for a draft that is not whole."""
        if self.job.definition is None:
            raise Misconfigured("This upload job is not complete yet.")
        return self.job.definition
