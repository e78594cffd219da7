"""Examines an org: may the connected user do what our work needs? It changes nothing, and asks as little as it can.

A hidden field and a missing one look alike from outside, so both repairs are named.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from connector.connection.needs import INTEGRATION, LABELS, FieldNeed, ObjectNeed
from connector.errors import Refused
from connector.model.connection import FieldShape, Finding, ObjectShape, SalesforceUser, Weight
from connector.salesforce.gateway import Salesforce

NEARLY = 0.9
"""From this part of the day's calls on, somebody should know."""

_SET = f"the permission set {LABELS[INTEGRATION]}"
_ASSIGN = (
    f"In Salesforce: Setup > Users > Permission Sets > {LABELS[INTEGRATION]} > Manage Assignments > Add Assignment, "
    "and choose the connected user."
)
_PREPARE = "Choose Prepare Salesforce in Connection, which installs what is missing and assigns the permission set."


def examine(salesforce: Salesforce, needs: Sequence[ObjectNeed]) -> list[Finding]:
    """What stands in the way of these needs, worst first, by one call. Raises our errors when nobody answers."""
    if not needs:
        return []
    found = judge(needs, salesforce.shapes([need.name for need in needs]))
    return worst_first([*found, *allowance(salesforce.usage)])


def judge(needs: Sequence[ObjectNeed], shapes: Mapping[str, ObjectShape]) -> list[Finding]:
    """What these objects lack of these needs."""
    return [finding for need in needs for finding in look(need, shapes.get(need.name))]


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """The same findings, those that block before those that warn."""
    return sorted(findings, key=lambda finding: finding.weight is Weight.WARNS)


def before_run(salesforce: Salesforce, needs: Sequence[ObjectNeed]) -> None:
    """Let a run begin only where it can do its work. Raises `Refused` that names the first thing in its way."""
    findings = [one for one in examine(salesforce, needs) if one.weight is Weight.BLOCKS]
    if not findings:
        return
    first, rest = findings[0], len(findings) - 1
    more = f" Connection > Permission check names {rest} more." if rest else ""
    raise Refused(f"Nothing was begun. {first.problem}", advice=f"{first.fix}{more}")


def examine_user(user: SalesforceUser) -> list[Finding]:
    """What is wrong with the user whom the workers are in Salesforce."""
    found: list[Finding] = []
    if not user.active:
        fix = "In Salesforce: Setup > Users > Users > Edit beside this user, tick Active. Or connect as another user."
        problem = f"The connected user {user.username} is not active in Salesforce: nothing can be read or written."
        found.append(Finding(Weight.BLOCKS, "User", problem, fix))
    if user.sets_shown and INTEGRATION not in user.permission_sets:
        problem = f"The connected user {user.username} does not have {_SET}, which brings every right that is needed."
        found.append(Finding(Weight.WARNS, "User", problem, f"{_PREPARE} Or: {_ASSIGN}", INTEGRATION))
    return found


def written(needs: Iterable[ObjectNeed]) -> list[str]:
    """The objects among these that rows are written to: whose rules may refuse them."""
    return [need.name for need in needs if need.ours or any(field.written for field in need.fields)]


def judge_rules(
    needs: Iterable[ObjectNeed], validations: Mapping[str, Sequence[str]], duplicates: Mapping[str, Sequence[str]]
) -> list[Finding]:
    """Rules of the org that may refuse rows, by the names of their objects."""
    return [
        finding
        for need in needs
        for finding in (
            *(_rule(need, "validation rule", rule) for rule in validations.get(need.name, [])),
            *(_rule(need, "duplicate rule", rule) for rule in duplicates.get(need.name, [])),
        )
    ]


def _rule(need: ObjectNeed, kind: str, rule: str) -> Finding:
    place = f"Object Manager > {need.label} > Validation Rules" if kind == "validation rule" else "Duplicate Rules"
    problem = f"The {kind} “{rule}” is active on {need.label}. It may refuse rows that Real Magnet writes."
    fix = f"In Salesforce: Setup > {place} > {rule}: let it pass what the connected user writes, or switch it off."
    return Finding(Weight.WARNS, need.name, problem, fix)


def look(need: ObjectNeed, shape: ObjectShape | None) -> Iterator[Finding]:
    """What one object lacks, as this user sees it; None is one that he does not see."""
    if shape is None:
        yield _without_object(need)
        return
    yield from _object_rights(need, shape)
    for field in need.fields:
        yield from _field(need, field, shape.fields.get(field.name))
    if need.ours:
        yield from _required(need, shape)


def _without_object(need: ObjectNeed) -> Finding:
    if need.ours:
        problem = (
            f"Salesforce has no object {need.label} ({need.name}), or hides it from the connected user; {need.why}."
        )
        return _finding(need, need.name, problem, f"{_PREPARE} If it is installed: {_ASSIGN}")
    problem = f"Salesforce does not show {need.label} to the connected user; {need.why}."
    return _finding(need, need.name, problem, _ASSIGN)


def _object_rights(need: ObjectNeed, shape: ObjectShape) -> Iterator[Finding]:
    for wanted, allowed, word in (
        (need.create, shape.createable, "create"),
        (need.edit, shape.updateable, "edit"),
    ):
        if wanted and not allowed:
            problem = f"The connected user may not {word} rows of {need.label} ({need.name}); {need.why}."
            yield _finding(need, need.name, problem, _ASSIGN)
    if need.delete and not shape.deletable:
        problem = f"The connected user may not delete rows of {need.label} ({need.name}): deletions will be refused."
        yield Finding(Weight.WARNS, need.name, problem, _ASSIGN, INTEGRATION)


def _field(need: ObjectNeed, field: FieldNeed, shape: FieldShape | None) -> Iterator[Finding]:
    subject = f"{need.name}.{field.name}"
    optional = need.optional or field.optional
    if shape is None:
        problem = f"The field {subject} is missing, or hidden from the connected user; {field.why}."
        yield _finding(need, subject, problem, _show(need, field), optional=optional)
        return
    if field.type and shape.type != field.type:
        problem = f"The field {subject} is of type {shape.type}, but Real Magnet needs {field.type}; {field.why}."
        yield _finding(need, subject, problem, _retype(need, field), optional=optional)
    elif field.length > shape.length:
        problem = (
            f"The field {subject} holds {shape.length:,} characters, not {field.length:,}: longer rows are refused."
        )
        yield _finding(need, subject, problem, _retype(need, field), optional=True)
    if field.written and not (shape.updateable and shape.createable):
        problem = f"The connected user may see the field {subject}, but not change it; {field.why}."
        yield _finding(need, subject, problem, _ASSIGN, optional=optional)


def _show(need: ObjectNeed, field: FieldNeed) -> str:
    if need.ours:
        return _PREPARE if field.required else f"{_PREPARE} If it is only hidden: {_ASSIGN}"
    where = f"Setup > Object Manager > {need.label} > Fields & Relationships > {field.name} > Set Field-Level Security"
    return f"{_ASSIGN} Or make the field visible: {where}."


def _retype(need: ObjectNeed, field: FieldNeed) -> str:
    return (
        f"In Salesforce: Setup > Object Manager > {need.label} > Fields & Relationships > {field.name} > Edit: "
        "give it its own type and length back. Or delete it there, then choose Prepare Salesforce in Connection."
    )


def _required(need: ObjectNeed, shape: ObjectShape) -> Iterator[Finding]:
    """Fields of an object of ours that somebody made required: those that we do not know are empty in every row."""
    known = {field.name: field for field in need.fields}
    for field in shape.fields.values():
        ours = known.get(field.name)
        if not field.required or not field.custom or (ours and ours.required):
            continue
        subject = f"{need.name}.{field.name}"
        what = "leaves it empty in some rows" if ours else "does not know it"
        problem = f"Somebody made the field {subject} required. Real Magnet {what}: such rows will be refused."
        fix = (
            f"In Salesforce: Setup > Object Manager > {need.label} > Fields & Relationships > {field.name} > Edit: "
            "take the tick from Required, or give it a default value."
        )
        yield Finding(Weight.WARNS if need.optional or ours else Weight.BLOCKS, subject, problem, fix)


def _finding(need: ObjectNeed, subject: str, problem: str, fix: str, *, optional: bool | None = None) -> Finding:
    only_warns = need.optional if optional is None else optional
    return Finding(Weight.WARNS if only_warns else Weight.BLOCKS, subject, problem, fix, INTEGRATION)


def allowance(usage: tuple[int, int] | None) -> Iterator[Finding]:
    """A warning when the day's calls, used and allowed, are nearly gone."""
    if usage is None or usage[0] < NEARLY * usage[1]:
        return
    used, allowed = usage
    problem = f"{used:,} of Salesforce's {allowed:,} API calls of this day are used: a run may have to pause."
    fix = (
        "In Salesforce: Setup > Company Information shows the calls, Setup > API Usage Notifications can warn earlier. "
        "Let other programs call less, or buy more calls."
    )
    yield Finding(Weight.WARNS, "API calls", problem, fix)
