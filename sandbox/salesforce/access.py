"""Who may see and change what: profiles, permission sets and the fields an admin hid; knows no rows."""

from dataclasses import dataclass

from sandbox.salesforce.metadata import ObjectRights, PermissionSet
from sandbox.salesforce.schema import Field, SObject
from sandbox.salesforce.standard_setup import TOOLING

STANDARD, MINIMUM, ADMINISTRATOR = "Standard User", "Minimum Access - API Only Integrations", "System Administrator"
PROFILES: dict[str, frozenset[str]] = {
    ADMINISTRATOR: frozenset(
        {
            *("ApiEnabled", "AssignPermissionSets", "CustomizeApplication", "ManageUsers", "ModifyAllData"),
            *("ModifyMetadata", "RunReports", "ViewAllData", "ViewSetup"),
        }
    ),
    STANDARD: frozenset({"ApiEnabled", "RunReports"}),
    MINIMUM: frozenset({"ApiEnabled"}),
}
"""The profiles of the org and the user permissions they bring, as far as anything here asks for them."""
_EVERYTHING = ObjectRights(read=True, create=True, edit=True, delete=True)
_READ_ONLY = ObjectRights(read=True)
_ALWAYS_READABLE = frozenset({"organization", "listview", "duplicaterule"})
_OF_SETUP = frozenset({"profile", "permissionset", "permissionsetassignment"})
_SEES_SETUP = ("ViewSetup", "AssignPermissionSets", "ManageUsers")
_FOLLOWS_CAMPAIGN = frozenset({"campaignmember", "campaignmemberstatus"})  # no permissions of their own


@dataclass(frozen=True)
class Access:
    """The rights of one user at one moment. ``hidden`` are fields an admin took from everybody, in lower case.

    assumed: the minimum profile grants no standard object and no field that has field-level security;
    the standard profile and the administrator's grant all but the guarded ones. A custom field that was deployed
    without field-level security is hidden from administrators too, as the vendor's deployments leave it.
    """

    user_id: str
    profile: str
    permission_sets: tuple[PermissionSet, ...] = ()
    hidden: frozenset[str] = frozenset()
    system: bool = False  # the org's own work and checks: sees everything
    active: bool = True
    strict_setup: bool = True  # who sees neither Setup nor assigns does not know permission sets, as with the vendor

    def object_rights(self, sobject: SObject) -> ObjectRights:
        if self.system:
            return _EVERYTHING
        name = sobject.name.lower()
        if name in TOOLING:
            return ObjectRights()
        if name in _ALWAYS_READABLE:
            return _READ_ONLY
        if name in _OF_SETUP or name == "user":
            return self._setup_rights(name)
        if name == "report":
            return _READ_ONLY if self.runs_reports else ObjectRights()
        if name in _FOLLOWS_CAMPAIGN:
            name = "campaign"
        rights = self._profile_rights(sobject)
        for item in self.permission_sets:
            rights = rights | item.objects.get(name, ObjectRights())
        return rights

    def _setup_rights(self, name: str) -> ObjectRights:
        """Users are seen by all and changed by few; rights are seen by who may see Setup, or assign."""
        if name == "user":
            return ObjectRights(read=True, edit=self.has("ManageUsers"))
        if self.strict_setup and not self.sees_setup:
            return ObjectRights()
        assigns = name == "permissionsetassignment" and (self.has("AssignPermissionSets") or self.has("ManageUsers"))
        return ObjectRights(read=True, create=assigns, delete=assigns)

    def _profile_rights(self, sobject: SObject) -> ObjectRights:
        standard = self.profile == STANDARD and not sobject.custom
        if not standard and not self.has("ModifyAllData"):
            return ObjectRights()
        return _EVERYTHING if sobject.writable else _READ_ONLY

    def has(self, permission: str) -> bool:
        """Whether profile or permission sets bring a user permission, such as ``ModifyMetadata``."""
        granted = any(permission in item.user_permissions for item in self.permission_sets)
        return self.system or permission in PROFILES[self.profile] or granted

    @property
    def sees_setup(self) -> bool:
        """Whether the user may see who has which rights, and the org's rules."""
        return any(map(self.has, _SEES_SETUP))

    @property
    def runs_reports(self) -> bool:
        """The user permission *Run Reports*, without which there are no reports at all."""
        return self.has("RunReports")

    def readable(self, sobject: SObject, field: Field) -> bool:
        return self._granted(sobject, field, edit=False)

    def editable(self, sobject: SObject, field: Field) -> bool:
        return self._granted(sobject, field, edit=True)

    def _granted(self, sobject: SObject, field: Field, *, edit: bool) -> bool:
        name = f"{sobject.name}.{field.name}".lower()
        if self.system:
            return True
        if name in self.hidden:
            return False
        if not field.permissionable:
            return True
        if self.profile in (STANDARD, ADMINISTRATOR) and not field.custom and not field.guarded:
            return True
        return any(name in (item.editable if edit else item.readable) for item in self.permission_sets)

    def visible_fields(self, sobject: SObject) -> list[Field]:
        return [item for item in sobject.fields if self.readable(sobject, item)]

    def find(self, sobject: SObject, name: str) -> Field | None:
        """A field this user can see; to everybody else it does not exist."""
        field = sobject.find(name)
        return field if field is not None and self.readable(sobject, field) else None
