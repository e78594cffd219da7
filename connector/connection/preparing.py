"""Brings an org to where our work can be done: what is missing is deployed, the permission set is assigned.

Whoever asks for it is seldom the user whom the workers are: an administrator's own session is tried first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from connector.connection import doctor
from connector.connection.needs import INTEGRATION, LABELS, PERMISSION_SETS, ObjectNeed, for_org
from connector.errors import LimitReached, NotFound, Refused
from connector.model.connection import ComponentError, Deployment, Finding, ObjectShape, SalesforceUser
from connector.salesforce.gateway import Salesforce

_Answer = TypeVar("_Answer")

SETS = "whether the permission sets are installed, and whether the connected user has his"
RULES = "which validation rules and duplicate rules may refuse rows"
GONE = "Salesforce does not know this deployment any more. Prepare Salesforce once more."


@dataclass(frozen=True)
class Hands:
    """An org by its own connection, and by everybody who may be an administrator there, the likeliest first."""

    connected: Salesforce
    administrators: Sequence[Salesforce]


@dataclass(frozen=True)
class Part:
    """Something of ours that is not in the org, or not shown there: what kind of thing, and which."""

    kind: str
    name: str


@dataclass(frozen=True)
class Survey:
    """How an org stands. `user` is the connected one, None when nobody may look at users.

    `unassigned` says that the permission set is there and the connected user lacks it; `unasked` is what nobody here
    is shown, in words that go on "Could not be asked: ".
    """

    missing: Sequence[Part]
    user: SalesforceUser | None
    unassigned: bool
    findings: Sequence[Finding] = field(default_factory=list[Finding])
    unasked: Sequence[str] = ()

    @property
    def whole(self) -> bool:
        """Whether there is nothing left to prepare."""
        return not self.missing and not self.unassigned


def survey(hands: Hands) -> Survey:
    """Compare an org with what our work needs, and examine it. Raises our errors when Salesforce does not answer."""
    needs = for_org()
    shapes = hands.connected.shapes([need.name for need in needs])
    user = _user(hands)
    sets = _if_allowed(hands, lambda administrator: administrator.permission_set_ids(PERMISSION_SETS))
    missing = [part for need in needs if need.ours for part in _missing(need, shapes.get(need.name))]
    missing += [
        Part("Permission set", LABELS[name]) for name in PERMISSION_SETS if sets is not None and name not in sets
    ]
    shown = user is not None and user.sets_shown
    unassigned = bool(shown and user and sets and INTEGRATION in sets and INTEGRATION not in user.permission_sets)
    found = [*doctor.judge(needs, shapes), *doctor.allowance(hands.connected.usage)]
    found += doctor.examine_user(user) if user else []
    rules, all_told = _rules(hands, [need for need in needs if need.name in shapes])
    unasked = [words for words, told in ((SETS, shown and sets is not None), (RULES, all_told)) if not told]
    return Survey(missing, user, unassigned, doctor.worst_first([*found, *rules]), unasked)


def _rules(hands: Hands, needs: Sequence[ObjectNeed]) -> tuple[list[Finding], bool]:
    """What the org's rules may refuse, and whether all rules are shown to somebody here."""
    names = doctor.written(needs)
    if not names:
        return [], True
    validations = _first_shown(hands, lambda administrator: administrator.validation_rules(names))
    duplicates = _first_shown(hands, lambda administrator: administrator.duplicate_rules(names))
    findings = doctor.judge_rules(needs, validations or {}, duplicates or {})
    return findings, validations is not None and duplicates is not None


def begin(hands: Hands, package: bytes) -> str:
    """Let Salesforce deploy the package in the name of whoever may; the deployment's id. Raises `Refused` if nobody."""
    return _first_allowed(hands, lambda administrator: administrator.deploy(package))


def watch(hands: Hands, deployment_id: str) -> Deployment | None:
    """A deployment as it stands, None when nobody here may look; one that Salesforce has forgotten is over."""
    return _if_allowed(hands, lambda administrator: _state(administrator, deployment_id))


def _state(administrator: Salesforce, deployment_id: str) -> Deployment:
    try:
        return administrator.deployment(deployment_id)
    except NotFound:
        return Deployment(deployment_id, "Gone", True, False, 0, 0, [ComponentError("", "", GONE)])


def assign(hands: Hands) -> SalesforceUser | None:
    """Give the connected user the permission set of the integration; who that is, None when he has it already.

    Raises `NotFound` while the permission set is not there, `Refused` when nobody may assign it.
    """
    user = _user(hands) or _first_allowed(hands, lambda administrator: administrator.user(_user_id(hands)))
    if INTEGRATION in user.permission_sets:
        return None
    sets = _first_allowed(hands, lambda administrator: administrator.permission_set_ids([INTEGRATION]))
    if INTEGRATION not in sets:
        raise NotFound(f"The permission set {LABELS[INTEGRATION]} is not in this organization yet.")
    _first_allowed(hands, lambda administrator: administrator.assign(user.id, sets[INTEGRATION]))
    return user


def _missing(need: ObjectNeed, shape: ObjectShape | None) -> list[Part]:
    if shape is None:
        return [Part("Object", need.label)]
    return [Part("Field", f"{need.name}.{one.name}") for one in need.fields if one.name not in shape.fields]


def _user_id(hands: Hands) -> str:
    return str(hands.connected.me().get("user_id") or "")


def _user(hands: Hands) -> SalesforceUser | None:
    """The connected user, if possible as somebody sees him who is shown his permission sets."""
    user_id = _user_id(hands)
    seen = _first_shown(hands, lambda administrator: _whole(administrator.user(user_id)))
    return seen or _if_allowed(hands, lambda administrator: administrator.user(user_id))


def _whole(user: SalesforceUser) -> SalesforceUser | None:
    return user if user.sets_shown else None


def _first_shown(hands: Hands, ask: Callable[[Salesforce], _Answer | None]) -> _Answer | None:
    """What the first is answered who is neither refused nor told nothing."""
    for administrator in hands.administrators:
        answer = _if_allowed(Hands(hands.connected, (administrator,)), ask)
        if answer is not None:
            return answer
    return None


def _first_allowed(hands: Hands, ask: Callable[[Salesforce], _Answer]) -> _Answer:
    """What the first is answered who is not refused; when all are, the first refusal: his words fit who is there."""
    refusals: list[Refused] = []
    for administrator in hands.administrators:
        try:
            return ask(administrator)
        except LimitReached:
            raise
        except Refused as error:
            refusals.append(error)
    raise refusals[0]


def _if_allowed(hands: Hands, ask: Callable[[Salesforce], _Answer]) -> _Answer | None:
    try:
        return _first_allowed(hands, ask)
    except LimitReached:
        raise
    except Refused:
        return None
