"""What is to be written and what became of it: plans, their columns, results; knows no database."""

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypedDict

from sandbox.salesforce.access import Access
from sandbox.salesforce.errors import RowError
from sandbox.salesforce.schema import Field, SObject

CHUNK = 200
Operation = Literal["insert", "update", "upsert", "delete", "hardDelete"]


class RowResult(NamedTuple):
    """What became of one row. ``id`` is None when it was refused before it had one."""

    id: str | None
    created: bool = False
    errors: tuple[RowError, ...] = ()

    @property
    def success(self) -> bool:
        return not self.errors


@dataclass(frozen=True)
class Column:
    """One column to write. ``via`` names the parent's key field of a relationship column (``Contact__r.Key__c``)."""

    field: Field
    parent: SObject | None = None
    via: Field | None = None


@dataclass(frozen=True)
class WritePlan:
    """A checked order to write: the same for every chunk of a job."""

    sobject: SObject
    operation: Operation
    columns: tuple[Column, ...]
    key: Field  # the field that finds the row: Id, or the external id of an upsert
    access: Access
    csv: bool = False  # empty cells are unchanged, #N/A is null
    update_only: bool = False

    @property
    def key_index(self) -> int | None:
        return next((place for place, item in enumerate(self.columns) if item.field is self.key and not item.via), None)


class PlanOptions(TypedDict, total=False):
    """``external_field``: the key of an upsert. ``csv``: cells are CSV text. ``update_only``: create nothing."""

    external_field: str | None
    csv: bool
    update_only: bool
