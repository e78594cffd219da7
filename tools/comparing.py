"""Compares what is said with what should be said, figure by figure, and names whatever differs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import text

from tools import report_says, screens_say
from tools.house import House
from tools.independent_activities import Told, tell
from tools.independent_lists import Name, Said, Wanted, expected, standing
from tools.visiting import Visitor

NAMED = 8
"""So many differences of one kind are named; the rest are counted."""


@dataclass(frozen=True)
class Comparison:
    """One kind of figures: how many were compared, and which differ, in words."""

    what: str
    compared: int
    differ: tuple[str, ...]


@dataclass
class Report:
    """All comparisons so far, each printed as it comes."""

    lines: list[Comparison] = field(default_factory=list[Comparison])

    def add(self, moment: str, found: Iterable[Comparison]) -> None:
        """What was compared at one moment."""
        print(f"\n{moment}", flush=True)
        for line in found:
            self.lines.append(line)
            print(f"  {line.what:<32} {line.compared:>9,} compared {len(line.differ):>7,} differ", flush=True)
            for words in line.differ[:NAMED]:
                print(f"      {words}")

    @property
    def differ(self) -> int:
        """How many figures differ in all."""
        return sum(len(line.differ) for line in self.lines)


def compare(what: str, wanted: Mapping[Name, object], found: Mapping[Name, object]) -> Comparison:
    """Each figure under its name; nothing and 0 are the same."""
    names = sorted({*wanted, *found})
    wrong = [name for name in names if (wanted.get(name) or "") != (found.get(name) or "")]
    words = (f"{' · '.join(name)}: {_word(found, name)} instead of {_word(wanted, name)}" for name in wrong)
    return Comparison(what, len(names), tuple(words))


def _word(said: Mapping[Name, object], name: Name) -> str:
    return repr(said[name]) if name in said else "nothing"


def salesforce(house: House, told: Told, deleted: frozenset[int]) -> Iterable[Comparison]:
    """Every row of every list in Salesforce."""
    wanted, found = expected(told, kept(house, deleted)), standing(house.plan.data / "salesforce")
    for name in wanted:
        yield compare(name, wanted[name], found[name])


def kept(house: House, deleted: frozenset[int]) -> Wanted:
    """Where the organization keeps each kind, as its *Manage Data* says."""
    statement = text("SELECT activity_group, mode FROM kind_choices WHERE org_id = :org AND selected")
    with house.database.read() as connection:
        modes: Mapping[str, str] = {str(g): str(m) for g, m in connection.execute(statement, {"org": house.org_id})}
    summary = frozenset(group for group, mode in modes.items() if "Summary" in mode)
    return Wanted(summary, frozenset(group for group, mode in modes.items() if "History" in mode), deleted)


def screens(visitor: Visitor, told: Told, most_people: int | None) -> Iterable[Comparison]:
    """Every figure on the screens."""
    yield compare("Messages", screens_say.messages_wanted(told), screens_say.messages(visitor))
    wanted, found = Said(), Said()
    for number, own in told.of_messages.items():
        wanted |= {(str(number), *name): value for name, value in screens_say.message_wanted(own).items()}
        found |= {(str(number), *name): value for name, value in screens_say.message(visitor, number).items()}
    yield compare("One message", wanted, found)
    yield compare("Activity Report", report_says.wanted(told), report_says.answers(visitor, told))
    people = screens_say.people_of(told)
    chosen = dict(sorted(people.items())[:most_people])
    yield compare("Person panel", screens_say.panel_wanted(chosen), screens_say.panels(visitor, chosen))


def look(house: House) -> Told:
    """What Real Magnet knows by now."""
    return tell(house.plan.data / "realmagnet", house.plan.data / "salesforce")


def rows_of(house: House, message: int) -> int:
    """How many rows of a message stand in Salesforce, in all lists."""
    said = standing(house.plan.data / "salesforce")
    return sum(len({name[:-1] for name in found if name[0] == str(message)}) for found in said.values())
