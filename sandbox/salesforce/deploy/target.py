"""The org as it would be with what is deployed on top: does a thing exist there? It judges nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.salesforce.catalog import Components, Key
from sandbox.salesforce.deploy.archive import Component
from sandbox.salesforce.deploy.nodes import Node

if TYPE_CHECKING:
    from sandbox.salesforce.org import Org
    from sandbox.salesforce.schema import Field

_EVERYWHERE = frozenset(
    {
        *("id", "name", "ownerid", "isdeleted", "createddate", "createdbyid", "lastmodifieddate", "lastmodifiedbyid"),
        "systemmodstamp",
    }
)
_COMPOUND = {
    "contact": ("mailingaddress", "otheraddress"),
    "lead": ("address",),
    "account": ("billingaddress", "shippingaddress"),
}


@dataclass
class Target:
    """``incoming`` shrinks as components turn out to be bad: nothing may rest on them."""

    org: "Org"
    user_id: str
    version: float
    incoming: dict[Key, Component]

    @property
    def there(self) -> Components:
        return self.org.deployed.components

    def has(self, kind: str, name: str) -> bool:
        return (kind, name) in self.incoming or (kind, name) in self.there

    def node(self, kind: str, name: str) -> Node | None:
        """The XML of a component as it will be."""
        incoming = self.incoming.get((kind, name))
        return incoming.node if incoming is not None else self.there.get((kind, name))

    def nodes(self, kind: str) -> Iterator[tuple[str, Node]]:
        """Every component of a type as it will be, by name."""
        for key, node in self.there.items():
            if key[0] == kind and key not in self.incoming:
                yield key[1], node
        for key, item in self.incoming.items():
            if key[0] == kind:
                yield key[1], item.node

    def has_object(self, name: str) -> bool:
        return self.org.schema.find(name) is not None or self.has("CustomObject", name)

    def present_field(self, sobject: str, name: str) -> "Field | None":
        """A field as the org has it now."""
        found = self.org.schema.find(sobject)
        return found.find(name) if found is not None else None

    def has_field(self, sobject: str, name: str) -> bool:
        """A field by its API name; an address as a whole counts, and what every object has."""
        if self.has("CustomField", f"{sobject}.{name}") or self.present_field(sobject, name) is not None:
            return True
        if sobject.endswith("__c") and name.lower() in _EVERYWHERE:
            return self.has_object(sobject)
        return name.lower() in _COMPOUND.get(sobject.lower(), ())

    def requires(self, sobject: str, name: str) -> bool:
        """Whether no permission can be given for a field: required ones, keys and what the vendor keeps itself."""
        node = self.node("CustomField", f"{sobject}.{name}")
        if node is not None:
            return node.flag("required") or node.value("type") == "MasterDetail"
        field = self.present_field(sobject, name)
        return field is not None and not field.permissionable

    def parent_of(self, sobject: str, relationship: str) -> str | None:
        """The object behind ``Contact__r`` or ``Account``."""
        found = self.org.schema.find(sobject)
        lookup = found.parent(relationship) if found is not None else None
        if lookup is not None:
            return lookup.reference_to[0]
        node = self.node("CustomField", f"{sobject}.{relationship.removesuffix('__r')}__c")
        return node.value("referenceTo") if node is not None else None

    def child_of(self, sobject: str, relationship: str) -> str | None:
        """The object whose rows hang below another by the name of a child relationship."""
        for child, lookup in self.org.schema.children(sobject):
            if lookup.child_relationship == relationship:
                return child.name
        for name, node in self.nodes("CustomField"):
            named = node.value("relationshipName") + "__r" == relationship
            if named and node.value("referenceTo") == sobject:
                return name.partition(".")[0]
        return None
