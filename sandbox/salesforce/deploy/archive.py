"""Reads a zip in the Metadata API's format into components; it judges nothing but whether zip and manifest agree."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

from sandbox.salesforce.catalog import Key
from sandbox.salesforce.deploy.elements import check_root
from sandbox.salesforce.deploy.kinds import BY_FOLDER, CHILDREN, KINDS, Kind
from sandbox.salesforce.deploy.nodes import BrokenXmlError, Node, parse

MANIFEST = "package.xml"
_META = "-meta.xml"


@dataclass(frozen=True)
class Problem:
    """Why a component cannot be deployed, or (``warning``) what is odd about it."""

    type: str
    name: str
    file: str
    text: str
    line: int = 0
    column: int = 0
    warning: bool = False


@dataclass
class Component:
    """One thing to deploy. ``files`` are the texts beside its XML, by path."""

    type: str
    name: str
    file: str
    node: Node
    files: dict[str, bytes] = field(default_factory=dict[str, bytes])

    @property
    def key(self) -> Key:
        return self.type, self.name

    def problem(self, text: str, at: Node | None = None) -> Problem:
        where = at or self.node
        return Problem(self.type, self.name, self.file, text, where.line, where.column)


@dataclass
class Archive:
    """What a zip holds. ``version`` is that of its manifest; ``problems`` are those of reading it."""

    version: float = 0.0
    components: dict[Key, Component] = field(default_factory=dict[Key, Component])
    problems: list[Problem] = field(default_factory=list[Problem])


class _Reader:
    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.found = Archive()
        self.named: dict[str, list[str]] = {}

    # -- the manifest --------------------------------------------------------------------------------------------

    def manifest(self) -> bool:
        """Read what is named; False when there is nothing to go on with."""
        if MANIFEST not in self.files:
            self.complain("", MANIFEST, MANIFEST, "No package.xml found")
            return False
        node = self.xml("", MANIFEST, MANIFEST, self.files[MANIFEST])
        if node is None:
            return False
        try:
            self.found.version = float(node.value("version", "0"))
        except ValueError:
            self.found.version = 0.0
        if self.found.version <= 0:
            self.complain("", MANIFEST, MANIFEST, "Invalid version specified: " + node.value("version"))
            return False
        for item in node.all("types"):
            self._named(item.value("name"), [member.text for member in item.all("members")])
        return True

    def _named(self, type_name: str, members: list[str]) -> None:
        kind = KINDS.get(type_name)
        if kind is None and type_name not in CHILDREN.values():
            self.complain("", MANIFEST, MANIFEST, f"Unknown type name '{type_name}' specified in package.xml")
        elif kind is not None and kind.since > self.found.version:
            # assumed: the words
            text = f"Entity type: '{type_name}' is not available in API version {self.found.version}"
            self.complain("", MANIFEST, MANIFEST, text)
        else:
            self.named.setdefault(type_name, []).extend(members)

    def is_named(self, type_name: str, name: str) -> bool:
        members = self.named.get(type_name, [])
        return name in members or ("*" in members and "." not in name)

    # -- files ---------------------------------------------------------------------------------------------------

    def xml(self, type_name: str, name: str, path: str, data: bytes) -> Node | None:
        try:
            return parse(data)
        except BrokenXmlError as error:
            problem = Problem(type_name, name, path, f"Error parsing file: {error}", error.line, error.column)
            self.found.problems.append(problem)
            return None

    def complain(self, type_name: str, name: str, path: str, text: str) -> None:
        self.found.problems.append(Problem(type_name, name, path, text))

    def component(self, type_name: str, name: str, path: str, data: bytes) -> Component | None:
        """One file's component, checked for its elements."""
        node = self.xml(type_name, name, path, data)
        if node is None:
            return None
        faults = list(check_root(node, type_name))
        for fault in faults:
            self.found.problems.append(Problem(type_name, name, path, fault.text, fault.line, fault.column))
        return None if faults else Component(type_name, name, path, node)

    def read(self) -> Archive:
        if not self.manifest():
            return self.found
        seen: set[Key] = set()
        for path in sorted(self.files):
            if path != MANIFEST and not path.endswith("/"):
                seen.update(self._file(path))
        for type_name, members in self.named.items():
            for name in members:
                if name != "*" and (type_name, name) not in seen:
                    text = f"An object '{name}' of type {type_name} was named in package.xml, but was not found in"
                    self.complain(type_name, name, MANIFEST, f"{text} zipped directory")
        return self.found

    def _file(self, path: str) -> Iterator[Key]:
        """Take one file in; the names it stands for."""
        folder, _, rest = path.partition("/")
        kind = BY_FOLDER.get(folder)
        place = _place(kind, rest) if kind is not None else None
        if kind is None or place is None:
            self._not_named(path)
            return
        type_name, name = place
        if kind.type == "CustomObject":
            yield from self._object(name, path)
            return
        manifest_type = kind.type
        if not self.is_named(manifest_type, name):
            self._not_named(path)
            return
        yield manifest_type, name
        self._keep(kind, type_name, name, path)

    def _not_named(self, path: str) -> None:
        self.found.problems.append(Problem("", path, path, "Not in package.xml", warning=True))

    def _keep(self, kind: Kind, type_name: str, name: str, path: str) -> None:
        made: Component | None
        if kind.shape in ("file", "foldered"):
            made = self.component(type_name, name, path, self.files[path])
        else:
            made = self._with_content(kind, name, path)
        if made is not None:
            self.found.components[made.key] = made

    def _with_content(self, kind: Kind, name: str, path: str) -> Component | None:
        """A page or bundle: its files come one by one, its XML beside them."""
        known = self.found.components.get((kind.type, name))
        if path.endswith(_META):
            return None
        if known is not None:
            known.files[path] = self.files[path]
            return known
        stem = f"{kind.folder}/{name}"
        candidates = [stem + f".{kind.suffix}{_META}", f"{stem}/{name}.{kind.suffix}{_META}", f"{path}{_META}"]
        meta = next((item for item in candidates if item in self.files), "")
        if not meta and kind.type != "AuraDefinitionBundle":
            # assumed: the words
            self.complain(kind.type, name, path, f"Metadata file not found: {path}{_META}")
            return None
        made = self.component(kind.type, name, meta, self.files[meta]) if meta else None
        made = made or (None if meta else Component(kind.type, name, path, Node(kind.type)))
        if made is not None:
            made.file = path
            made.files[path] = self.files[path]
        return made

    def _object(self, name: str, path: str) -> Iterator[Key]:
        whole = self.is_named("CustomObject", name)
        inside = {kind for kind in CHILDREN.values() if any(m.startswith(name + ".") for m in self.named.get(kind, []))}
        if not whole and not inside:
            self._not_named(path)
            return
        if whole:
            yield "CustomObject", name
        made = self.component("CustomObject", name, path, self.files[path])
        if made is None:
            return
        for child in made.node.children:
            kind = CHILDREN.get(child.tag)
            if kind is None:
                continue
            key = (kind, f"{name}.{child.value('fullName')}")
            yield key
            if whole or key[1] in self.named.get(kind, []):
                self.found.components[key] = Component(*key, path, child)
        if whole:
            made.node = made.node.without(*CHILDREN)
            self.found.components[made.key] = made


def _place(kind: Kind, rest: str) -> Key | None:
    """The type and name of a file by where it lies; None for one that no type has there."""
    if kind.shape == "bundle":
        name, slash, _ = rest.partition("/")
        return (kind.type, name) if slash else None
    if kind.shape == "foldered" and "/" not in rest and rest.endswith(_META):
        return f"{kind.type}Folder", rest.removesuffix(_META)
    ends = (f".{kind.suffix}", f".{kind.suffix}{_META}") if kind.shape == "content" else (f".{kind.suffix}",)
    found = next((rest.removesuffix(end) for end in ends if rest.endswith(end)), None)
    if found is None or (kind.shape != "foldered" and "/" in found):
        return None  # source format, or a file nobody knows
    return kind.type, found


def read_archive(content: bytes) -> Archive:
    """What a zip holds, with every complaint about it."""
    files = _unpacked(content)
    if files is None:
        return Archive(problems=[Problem("", MANIFEST, "", "The zip file is not valid")])  # assumed: the words
    return _Reader(files).read()


def _unpacked(content: bytes) -> dict[str, bytes] | None:
    """The files of a zip; None when it is broken, encrypted or packed in a way that nobody expects."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            items = [item for item in packed.infolist() if not item.is_dir()]
            if any(item.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for item in items):
                return None
            return {item.filename: packed.read(item) for item in items}
    except (zipfile.BadZipFile, RuntimeError):
        return None
