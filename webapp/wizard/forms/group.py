"""Reads the second step: the group, one that exists or a new one, and what happens to the people in it."""

from typing import Any

from connector.model.groups import NAME_LENGTH
from connector.model.uploads import How, Target
from webapp.wizard.forms.reading import Entries, Form, Read, line, parts, read

EXISTING, NEW = "existing", "new"
LONGEST_SEARCH = 100
DEFAULT_HOW = {EXISTING: How.ADD, NEW: How.REPLACE}

NO_GROUP = "Choose a group."
NO_NAME = "Enter a name for the new group."
LONG_NAME = f"A group's name has at most {NAME_LENGTH} characters."


def typed(form: Form, before: Entries) -> dict[str, Any]:
    """What was entered, over what was entered before: a group that exists and a new one keep their own choices."""
    which = form.get("which", str(before.get("which", "")))
    which = NEW if which == NEW else EXISTING
    panel = NEW if form.get("panel", which) == NEW else EXISTING
    found = {**before, "which": which, "text": line(form.get("text", str(before.get("text", ""))), LONGEST_SEARCH)}
    if "new_name" in form:
        found["new_name"] = line(form.get("new_name"), 255)
    group_id = _number(form.get("group", ""))
    if group_id and group_id != before.get("group_id"):
        found["group_id"], found["group_name"] = group_id, ""
    if form.get("how") in set(How):
        found["how"] = {**parts(before, "how"), panel: form.get("how")}
    return found


def entered(target: Target) -> dict[str, Any]:
    """A saved job's group as it would have been entered."""
    chosen = {"group_id": target.group_id, "group_name": target.name}
    return {"which": EXISTING, "text": "", "how": {EXISTING: str(target.how)}, **chosen}


def how(entries: Entries) -> How:
    """What happens to the people in the group: as entered, else what we would do."""
    which = NEW if entries.get("which") == NEW else EXISTING
    found = parts(entries, "how").get(which)
    return How(found) if found in set(How) else DEFAULT_HOW[which]


def target(entries: Entries) -> Read[Target]:
    """The group, or what is wrong. A new one has no number yet."""
    if entries.get("which") == NEW:
        name = str(entries.get("new_name", "")).strip()
        problem = NO_NAME if not name else LONG_NAME if len(name) > NAME_LENGTH else ""
        return read(Target(0, name, how(entries)), {"new_name": problem} if problem else {})
    group_id = int(entries.get("group_id") or 0)
    found = Target(group_id, str(entries.get("group_name", "")), how(entries))
    return read(found, {} if group_id else {"group": NO_GROUP})


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0  # noqa: PLR2004  # fits a BIGINT
