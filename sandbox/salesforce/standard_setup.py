"""The vendor's objects about people and their rights, in the notation of ``standard.py``; it gives none."""

_MODIFIED = """
CreatedDate datetime readonly
CreatedById reference(User) rel=CreatedBy readonly
LastModifiedDate datetime readonly
LastModifiedById reference(User) rel=LastModifiedBy readonly
SystemModstamp datetime readonly
"""
PERMISSIONS = (
    *("ApiEnabled", "AssignPermissionSets", "BulkApiHardDelete", "CustomizeApplication", "ManageUsers"),
    *("ModifyAllData", "ModifyMetadata", "RunReports", "ViewAllData", "ViewSetup"),
)
"""The user permissions that PermissionSet and Profile have a column for here; the vendor has hundreds."""
_PERMISSIONS = "".join(f"Permissions{name} boolean readonly\n" for name in PERMISSIONS)
SETUP_OBJECTS: dict[str, tuple[str, str, str, str]] = {
    "User": ("005", "User", "Users", """
Id id
Username string(80) required noupdate
LastName string(80) required
FirstName string(40)
Name string(121) readonly =trim(coalesce({FirstName} || ' ', '') || {LastName})
Email email(128) required
Alias string(8)
IsActive boolean
UserType picklist(40) readonly
ProfileId reference(Profile) rel=Profile
TimeZoneSidKey picklist(40)
LocaleSidKey picklist(40)
LanguageLocaleKey picklist(40)
""" + _MODIFIED),
    "Profile": ("00e", "Profile", "Profiles", """
Id id
Name string(255) readonly
UserType picklist(40) readonly
Description string(255) readonly
""" + _PERMISSIONS + _MODIFIED),
    "PermissionSet": ("0PS", "Permission Set", "Permission Sets", """
Id id
Name string(80) readonly
Label string(80) readonly
Description string(255) readonly
ProfileId reference(Profile) rel=Profile readonly
IsOwnedByProfile boolean readonly
IsCustom boolean readonly
Type picklist(40) readonly
HasActivationRequired boolean readonly
NamespacePrefix string(15) readonly
""" + _PERMISSIONS + _MODIFIED),
    "PermissionSetAssignment": ("0Pa", "Permission Set Assignment", "Permission Set Assignments", """
Id id
PermissionSetId reference(PermissionSet) rel=PermissionSet child=Assignments required noupdate cascade
PermissionSetGroupId id_text(18) readonly
AssigneeId reference(User) rel=Assignee child=PermissionSetAssignments required noupdate
IsActive boolean readonly default=1
SystemModstamp datetime readonly
"""),
    "DuplicateRule": ("0Bm", "Duplicate Rule", "Duplicate Rules", """
Id id
DeveloperName string(80) readonly
MasterLabel string(255) readonly
NamespacePrefix string(15) readonly
IsActive boolean readonly
SobjectType picklist(40) readonly
SobjectSubtype picklist(40) readonly
""" + _MODIFIED),
    "EntityDefinition": ("4ie", "Entity", "Entities", """
Id id
QualifiedApiName string(70) readonly
Label string(255) readonly
"""),
    "ValidationRule": ("03d", "Validation Rule", "Validation Rules", """
Id id
ValidationName string(80) readonly
Active boolean readonly
Description string(255) readonly
ErrorDisplayField string(255) readonly
ErrorMessage string(255) readonly
EntityDefinitionId reference(EntityDefinition) rel=EntityDefinition readonly
NamespacePrefix string(15) readonly
""" + _MODIFIED),
}  # fmt: skip
SETUP_READ_ONLY = frozenset(set(SETUP_OBJECTS) - {"User", "PermissionSetAssignment"})
TOOLING = frozenset({"validationrule", "entitydefinition"})
"""What only the Tooling API knows."""
