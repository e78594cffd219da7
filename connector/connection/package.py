"""The package of one org: `sfdx/` with its own addresses, as a zip that Salesforce deploys; it asks no org anything.

The source format keeps an object in many files, the metadata format in one; everything else keeps its contents.
"""

import io
import json
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parents[2] / "sfdx"
SOURCE = ROOT / "force-app" / "main" / "default"
API_VERSION = "66.0"
"""The lowest that knows Canvas settings of an External Client App."""

ADDRESS = "https://real-magnet.example.com"
ORGANIZATION = "ORGANIZATION_ID"
"""What stands in the source for an installation's own address, and for the org that its door is for."""

_NAMESPACE = "http://soap.sforce.com/2006/04/metadata"
_SPACE = f"{{{_NAMESPACE}}}"
_PROJECT = "sfdx-project.json"
_META = "-meta.xml"
_DATE = (1980, 1, 1, 0, 0, 0)

_FILES: Mapping[str, str] = {
    "applications": "CustomApplication",
    "classes": "ApexClass",
    "connectedApps": "ConnectedApp",
    "cspTrustedSites": "CspTrustedSite",
    "externalClientApps": "ExternalClientApplication",
    "extlClntAppCanvasSettings": "ExtlClntAppCanvasSettings",
    "extlClntAppGlobalOauthSets": "ExtlClntAppGlobalOauthSettings",
    "extlClntAppOauthPolicies": "ExtlClntAppOauthConfigurablePolicies",
    "extlClntAppOauthSettings": "ExtlClntAppOauthSettings",
    "extlClntAppPolicies": "ExtlClntAppConfigurablePolicies",
    "flexipages": "FlexiPage",
    "layouts": "Layout",
    "pages": "ApexPage",
    "permissionsets": "PermissionSet",
    "quickActions": "QuickAction",
    "remoteSiteSettings": "RemoteSiteSetting",
    "reportTypes": "ReportType",
    "tabs": "CustomTab",
}
"""Folder → type, for types of which a file is a member."""
_FOLDERS: Mapping[str, str] = {"dashboards": "Dashboard", "reports": "Report"}
"""The same for types whose members lie in folders that are members themselves."""
_BUNDLES: Mapping[str, str] = {"aura": "AuraDefinitionBundle", "lwc": "LightningComponentBundle"}
"""The same for types of which a folder is a member."""
_PARTS: Mapping[str, tuple[str, str]] = {
    "compactLayouts": ("compactLayouts", "CompactLayout"),
    "fieldSets": ("fieldSets", "FieldSet"),
    "fields": ("fields", "CustomField"),
    "listViews": ("listViews", "ListView"),
    "recordTypes": ("recordTypes", "RecordType"),
    "validationRules": ("validationRules", "ValidationRule"),
    "webLinks": ("webLinks", "WebLink"),
}
"""Folder within an object → the element that holds its files in the whole object, and their type."""
_WITH_CONTENTS = frozenset({"classes", "pages"})
"""Types whose file has its metadata beside it, under its own name."""

_APP = frozenset(name for name in _FILES if name.startswith(("connectedApps", "externalClientApps", "extlClntApp")))
"""Folders of the app's own settings."""


@dataclass
class _Parcel:
    """What goes into a zip: files by name, and members by type."""

    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    members: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict[str, set[str]](set))

    def add(self, kind: str, member: str, name: str, contents: bytes) -> None:
        self.members[kind].add(member)
        self.files[name] = contents


def build(salesforce_id: str, public_url: str, *, with_app: bool = True, source: Path = SOURCE) -> bytes:
    """The zip in metadata format with package.xml at its root, for the org with this id; always the same bytes.

    `with_app=False` leaves the app's own settings out, for an org that has it.
    """
    parcel = _read(source, with_app=with_app)
    files = {name: _filled(contents, salesforce_id, public_url) for name, contents in parcel.files.items()}
    return _zipped({"package.xml": _manifest(parcel.members)} | files)


def members(*, with_app: bool = True, source: Path = SOURCE) -> dict[str, list[str]]:
    """Type → names of everything that the package holds."""
    return {kind: sorted(names) for kind, names in sorted(_read(source, with_app=with_app).members.items())}


def source_zip(salesforce_id: str, public_url: str) -> bytes:
    """The project in source format with the org's addresses, for whoever deploys it with Salesforce's own `sf`."""
    paths = [path for path in ROOT.rglob("*") if path.is_file()]
    files = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in paths}
    project = json.loads(files[_PROJECT])
    project.pop("replacements", None)  # they ask for addresses that are filled in here
    files[_PROJECT] = json.dumps(project, indent=2).encode() + b"\n"
    folder = "real-magnet-for-salesforce/"
    return _zipped({folder + name: _filled(text, salesforce_id, public_url) for name, text in files.items()})


def _read(source: Path, *, with_app: bool) -> _Parcel:
    parcel = _Parcel()
    for folder in sorted(path for path in source.iterdir() if path.is_dir()):
        if with_app or folder.name not in _APP:
            _convert(folder, parcel)
    return parcel


def _filled(contents: bytes, salesforce_id: str, public_url: str) -> bytes:
    own = escape(public_url.rstrip("/"), {'"': "&quot;"}).encode()
    return contents.replace(ADDRESS.encode(), own).replace(ORGANIZATION.encode(), salesforce_id.encode())


def _convert(folder: Path, parcel: _Parcel) -> None:
    if folder.name == "objects":
        for object_folder in sorted(folder.iterdir()):
            _object(object_folder, parcel)
    elif folder.name in _FILES:
        _files(folder, parcel)
    elif folder.name in _FOLDERS:
        _foldered(folder, parcel)
    elif folder.name in _BUNDLES:
        _bundles(folder, parcel)
    else:
        raise ValueError(f"sfdx/: nobody said what the files of {folder.name}/ are")


def _files(folder: Path, parcel: _Parcel) -> None:
    for path in sorted(folder.iterdir()):
        name = path.name
        if folder.name not in _WITH_CONTENTS:
            name = name.removesuffix(_META)
        member = name.removesuffix(_META).rpartition(".")[0]
        parcel.add(_FILES[folder.name], member, f"{folder.name}/{name}", path.read_bytes())


def _foldered(folder: Path, parcel: _Parcel) -> None:
    kind = _FOLDERS[folder.name]
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix().removesuffix(_META)
        member, _, suffix = name.rpartition(".")
        is_folder = suffix.endswith("Folder")
        parcel.add(kind, member, f"{folder.name}/{member + _META if is_folder else name}", path.read_bytes())


def _bundles(folder: Path, parcel: _Parcel) -> None:
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder)
        parcel.add(_BUNDLES[folder.name], name.parts[0], f"{folder.name}/{name.as_posix()}", path.read_bytes())


def _object(folder: Path, parcel: _Parcel) -> None:
    whole: list[ET.Element] = []
    own = folder / f"{folder.name}.object{_META}"
    if own.exists():
        whole += list(_root(own))
        parcel.members["CustomObject"].add(folder.name)
    for part in sorted(path for path in folder.iterdir() if path.is_dir()):
        element, kind = _PARTS[part.name]
        for path in sorted(part.iterdir()):
            found = _root(path)
            found.tag = _SPACE + element
            parcel.members[kind].add(f"{folder.name}.{found.findtext(f'{_SPACE}fullName')}")
            whole.append(found)
    parcel.files[f"objects/{folder.name}.object"] = _written("CustomObject", whole)


def _root(path: Path) -> ET.Element:
    return ET.parse(path).getroot()  # noqa: S314 - our own source, not a stranger's


def _written(name: str, children: list[ET.Element]) -> bytes:
    """A document of these children, those of a name together: Salesforce takes them no other way."""
    root = ET.Element(_SPACE + name)
    root.extend(sorted(children, key=lambda child: child.tag))
    ET.register_namespace("", _NAMESPACE)
    ET.indent(root, "    ")
    return ET.tostring(root, encoding="UTF-8", xml_declaration=True) + b"\n"


def _manifest(found: Mapping[str, set[str]]) -> bytes:
    types: list[ET.Element] = []
    for kind, names in sorted(found.items()):
        one = ET.Element(f"{_SPACE}types")
        one.extend(_leaf("members", name) for name in sorted(names))
        one.append(_leaf("name", kind))
        types.append(one)
    return _written("Package", [*types, _leaf("version", API_VERSION)])


def _leaf(name: str, text: str) -> ET.Element:
    found = ET.Element(_SPACE + name)
    found.text = text
    return found


def _zipped(files: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, contents in _package_first(files):
            archive.writestr(zipfile.ZipInfo(name, _DATE), contents, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _package_first(files: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    yield from sorted(files.items(), key=lambda item: (item[0] != "package.xml", item[0]))
