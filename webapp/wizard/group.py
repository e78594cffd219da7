"""The second step: searches the account's groups, and checks that a chosen one is there and a new name is free."""

from collections import Counter
from typing import Any

from connector.errors import NotFound
from connector.model.groups import Group, GroupSize
from connector.realmagnet.gateway import RealMagnet
from connector.store import group_states
from webapp.sessions import visitor
from webapp.wiring import wiring
from webapp.wizard import vendors
from webapp.wizard.drafts import Draft
from webapp.wizard.forms import group as form
from webapp.wizard.screens import Checked
from webapp.wizard.steps import Step

SHOWN, SIZED = 20, 5
"""Groups listed for a search, and for how many of them the members are counted: each count is a call."""

Sizes = dict[int, GroupSize]


def check(draft: Draft) -> Checked:
    """Whether the group can be filled; asks Real Magnet."""
    read = form.target(draft.step(Step.GROUP))
    if read.value is None:
        return Checked(read.problems)
    target = read.value
    if not target.group_id:
        named = vendors.realmagnet(lambda asked: asked.groups_named(target.name), list[Group]())
        if named.value:
            return Checked({"new_name": f"A group named “{named.value[0].name}” exists already. {OTHER_NAME}"})
        return Checked({"": named.trouble} if named.error else {})
    answer = vendors.realmagnet(lambda asked: asked.groups(), list[Group]())
    if answer.error:
        return Checked({"": answer.trouble})
    found = next((one for one in answer.value if one.id == target.group_id), None)
    if found is None:
        return Checked({"group": f"{gone(target.name)} Choose another."})
    return Checked(learned={"group_name": found.name})


OTHER_NAME = "Choose it under “A group that exists”, or enter another name."


def gone(name: str) -> str:
    """That a group is not there any more, by its name."""
    return f"{f'“{name}”' if name else 'The chosen group'} was deleted in Real Magnet."


def values(draft: Draft) -> dict[str, Any]:
    """What the whole step shows."""
    entries = draft.step(Step.GROUP)
    common = _common(draft)
    if common["which"] == form.NEW:
        return {**common, "groups": [], "sizes": {}, "more": 0, "trouble_words": "", "news": ""}
    chosen, text = int(entries.get("group_id") or 0), common["text"].casefold()
    answer = vendors.realmagnet(lambda asked: _look(asked, text, chosen), (list[Group](), Sizes(), 0))
    groups, sizes, more = answer.value
    there = {one.id: one.name for one in groups}
    names = Counter(there.values())
    name, news = common["group_name"], ""
    if chosen and not answer.error:
        if chosen not in there:
            news = gone(name)
        elif name not in {"", there[chosen]}:
            news = f"“{name}” is now called “{there[chosen]}”."
        common["group_name"] = there.get(chosen, name)
    found = {"groups": groups, "sizes": sizes, "more": more, "twins": {name for name in names if names[name] > 1}}
    return {**common, **found, "trouble_words": answer.trouble, "news": news}


def how(draft: Draft) -> dict[str, Any]:
    """What adding and replacing do to the chosen group."""
    common = _common(draft)
    chosen = common["group_id"]
    if common["which"] == form.NEW or not chosen:
        return {**common, "sizes": {}}
    answer = vendors.realmagnet(lambda asked: _named(asked, chosen), ("", Sizes()))
    name, sizes = answer.value
    return {**common, "group_name": name or common["group_name"], "sizes": sizes}


def _common(draft: Draft) -> dict[str, Any]:
    entries = draft.step(Step.GROUP)
    return {
        "which": form.NEW if entries.get("which") == form.NEW else form.EXISTING,
        "text": str(entries.get("text", "")).strip(),
        "group_id": int(entries.get("group_id") or 0),
        "group_name": str(entries.get("group_name", "")),
        "new_name": str(entries.get("new_name", "")),
        "how": form.how(entries),
        "refreshing": _refreshing(),
    }


def _refreshing() -> frozenset[int]:
    """The groups that a run fills just now."""
    with wiring().services.database.read() as connection:
        states = group_states.states(connection, visitor().org_id)
    return frozenset(group_id for group_id, state in states.items() if state.refreshing is not None)


def _look(asked: RealMagnet, text: str, chosen: int) -> tuple[list[Group], Sizes, int]:
    """The groups to show with the sizes of the first, the chosen one in front; and how many more there are."""
    matching = [one for one in asked.groups() if text in one.name.casefold() or one.id == chosen]
    ordered = sorted(matching, key=lambda one: (one.id != chosen, one.name.casefold(), one.id))
    shown = ordered[:SHOWN]
    return shown, _sizes(asked, [one.id for one in shown[:SIZED]]), len(ordered) - len(shown)


def _named(asked: RealMagnet, group_id: int) -> tuple[str, Sizes]:
    name = next((one.name for one in asked.groups() if one.id == group_id), "")
    return name, _sizes(asked, [group_id])


def _sizes(asked: RealMagnet, group_ids: list[int]) -> Sizes:
    found: Sizes = {}
    for group_id in group_ids:
        try:
            found[group_id] = asked.group_size(group_id)
        except NotFound:
            continue
    return found
