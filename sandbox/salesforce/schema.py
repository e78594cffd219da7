"""What an sObject and its fields are: names, types, rules; knows neither SQL nor HTTP."""

from collections.abc import Iterator
from dataclasses import dataclass, field

TEXT_TYPES = frozenset({"string", "email", "phone", "url", "textarea", "picklist", "combobox"})
NUMBER_TYPES = frozenset({"int", "double", "currency", "percent"})


@dataclass(frozen=True)
class Field:
    """One field, in describe's words. ``formula`` is SQL over ``{Path.To.Field}`` for what the vendor derives."""

    name: str
    type: str
    label: str = ""
    length: int = 0
    precision: int = 0
    scale: int = 0
    required: bool = False
    createable: bool = True
    updateable: bool = True
    unique: bool = False
    case_sensitive: bool = False
    external_id: bool = False
    id_lookup: bool = False
    reference_to: tuple[str, ...] = ()
    relationship: str | None = None
    child_relationship: str | None = None
    on_delete: str = "SetNull"
    values: tuple[str, ...] = ()
    default: object = None
    formula: str | None = None
    auto_number: str | None = None
    custom: bool = False
    permissionable: bool = False  # field-level security applies
    guarded: bool = False  # hidden from everybody until a permission set grants it
    help: str | None = None

    @property
    def is_text(self) -> bool:
        return self.type in TEXT_TYPES

    @property
    def is_number(self) -> bool:
        return self.type in NUMBER_TYPES

    @property
    def is_long(self) -> bool:
        """A long text area: neither filtered, nor sorted, nor grouped."""
        return self.type == "textarea" and self.length > 255

    @property
    def stored(self) -> bool:
        return self.formula is None

    @property
    def key_like(self) -> bool:
        """Usable to name a record: in an upsert, or in a relationship column."""
        return self.external_id or self.id_lookup or self.type == "id"


@dataclass(frozen=True)
class SObject:
    """One object: its key prefix, labels and fields in order."""

    name: str
    prefix: str
    label: str
    plural: str
    fields: tuple[Field, ...]
    custom: bool = False
    writable: bool = True
    by_name: dict[str, Field] = field(default_factory=dict[str, Field], repr=False)
    by_relationship: dict[str, Field] = field(default_factory=dict[str, Field], repr=False)

    def __post_init__(self) -> None:
        for item in self.fields:
            self.by_name[item.name.lower()] = item
            if item.relationship:
                self.by_relationship[item.relationship.lower()] = item

    def find(self, name: str) -> Field | None:
        """A field by its API name, in any letter case as the vendor allows."""
        return self.by_name.get(name.lower())

    def parent(self, relationship: str) -> Field | None:
        """The lookup behind a relationship name such as ``Contact`` or ``Contact__r``."""
        return self.by_relationship.get(relationship.lower())

    @property
    def stored_fields(self) -> list[Field]:
        return [item for item in self.fields if item.stored]

    @property
    def name_field(self) -> str:
        return next((item.name for item in self.fields if item.name in ("Name", "Label")), "Id")


class Schema:
    """Every object of the org. A deployment changes it at once for whoever holds it, and never half-way."""

    def __init__(self, objects: list[SObject]) -> None:
        self._by_name = {item.name.lower(): item for item in objects}

    def become(self, objects: list[SObject]) -> None:
        self._by_name = {item.name.lower(): item for item in objects}

    def find(self, name: str) -> SObject | None:
        return self._by_name.get(name.lower())

    def get(self, name: str) -> SObject:
        """An object that is known to exist. Raises KeyError."""
        return self._by_name[name.lower()]

    def __iter__(self) -> Iterator[SObject]:
        return iter(self._by_name.values())

    def by_prefix(self, record_id: str) -> SObject | None:
        return next((item for item in self if item.prefix == record_id[:3]), None)

    def children(self, parent: str) -> Iterator[tuple[SObject, Field]]:
        """Every lookup that can point at an object."""
        for item in self:
            for lookup in item.stored_fields:
                if parent in lookup.reference_to:
                    yield item, lookup
