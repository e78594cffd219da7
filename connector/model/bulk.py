"""What Salesforce tells of its bulk jobs, their rows and its objects' fields, in our words."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class BulkState(StrEnum):
    """The states of a Bulk API 2.0 job, by Salesforce's own words."""

    OPEN = "Open"
    UPLOAD_COMPLETE = "UploadComplete"
    IN_PROGRESS = "InProgress"
    JOB_COMPLETE = "JobComplete"
    ABORTED = "Aborted"
    FAILED = "Failed"

    @property
    def terminal(self) -> bool:
        """Whether this job will never change again. JobComplete can hide failed rows; Failed keeps finished ones."""
        return self in {BulkState.JOB_COMPLETE, BulkState.ABORTED, BulkState.FAILED}


@dataclass(frozen=True)
class BulkJob:
    """One bulk job as it stands. `processed` counts the failed rows too."""

    id: str
    state: BulkState
    processed: int
    failed: int
    error: str
    object_name: str = ""


class Success(NamedTuple):
    """A row that Salesforce took; `key` is what we upserted by."""

    key: str
    salesforce_id: str
    created: bool


class Failure(NamedTuple):
    """A row that Salesforce refused, with its own code and words."""

    key: str
    code: str
    message: str


@dataclass(frozen=True)
class Field:
    """A field of an object, as far as the user we are connected as may see it."""

    name: str
    label: str
    type: str
    length: int
    createable: bool
    updateable: bool
    external_id: bool
    unique: bool


UNKNOWN_CODE = "UNKNOWN"

_CODE = r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*"
_AT_START = re.compile(rf"({_CODE})\s*:\s*(.*)", re.DOTALL)
_SPOKEN = re.compile(r"([A-Z][a-z]+(?:[A-Z][a-z]+)+) : (.*)", re.DOTALL)
_LATER = re.compile(r"\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b\s*[:,]\s*(.*)", re.DOTALL)
_FIELDS = re.compile(r":[^:]*--\s*$")


def parse_failure(key: str, error: str) -> Failure:
    """Read `sf__Error`: "CODE:message:fields--", the code perhaps behind a prefix; an unknown shape is kept whole."""
    found = _AT_START.match(error) or _SPOKEN.match(error) or _LATER.search(error)
    if found is None:
        return Failure(key, UNKNOWN_CODE, error.strip())
    return Failure(key, found[1], _FIELDS.sub("", found[2]).strip())
