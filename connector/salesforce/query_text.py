"""A query that a person or a list view wrote, cut down to what may stand behind our own SELECT list; it asks nobody.

Words are told from strings and brackets, never guessed at: what is not understood is refused, because half a
condition is another audience.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connector.errors import Refused

OBJECTS = {"contact": "Contact", "lead": "Lead", "campaignmember": "CampaignMember"}
LONGEST = 10_000
"""Characters of a query: Salesforce takes ten times as many, but not in an address, where a query is counted."""

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    | (?P<string>'(?:\\.|[^'\\])*')
    | (?P<comment>--|//|/\*)
    | (?P<moment>[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9:.]+(?:Z|[+-][0-9]{2}:?[0-9]{2}))?)
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*(?::[0-9]+)?)
    | (?P<number>[+-]?[0-9]+(?:\.[0-9]+)?[A-Za-z0-9_]*)
    | (?P<sign><=|>=|!=|<>|[=<>(),])""",
    re.VERBOSE | re.DOTALL,
)
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""What nobody writes into a query, and what a database or a request may not carry: all of C0 but tab, CR and LF."""

_QUOTES = '"\u201c\u201d\u201e\u2018\u2019\u201a'
"""What word processors make of a quote."""

_CLAUSES = ("FROM", "USING", "WHERE", "WITH", "ORDER", "LIMIT")
_AGGREGATES = {"COUNT", "COUNT_DISTINCT", "SUM", "MIN", "MAX", "AVG"}
_PEOPLE = "each row must be one person"
_UNWANTED = {
    "GROUP": f"GROUP BY is not possible here: {_PEOPLE}.",
    "HAVING": f"HAVING is not possible here: {_PEOPLE}.",
    "FOR": "FOR UPDATE, FOR VIEW and FOR REFERENCE are not possible here: take them out.",
    "ALL": "ALL ROWS is not possible here: deleted people get no mail.",
    "UPDATE": "UPDATE TRACKING and UPDATE VIEWSTAT are not possible here: take them out.",
    "OFFSET": "OFFSET is not possible here: Salesforce's bulk queries do not know it.",
    "SELECT": "One query at a time, please: a second SELECT stands outside brackets.",
}


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    depth: int

    @property
    def word(self) -> str:
        """In capitals when it stands outside brackets, where clauses begin; else nothing."""
        return self.text.upper() if self.kind == "word" and not self.depth else ""


def tail_of(soql: str) -> tuple[str, str]:
    """The object of a query and everything from its FROM on, ready for another SELECT list in front.

    Raises `Refused`, in words for the person who wrote it. The ORDER BY is left out, unless a LIMIT follows it: there
    it decides who is meant.
    """
    object_name, clauses = _read(soql)
    if "LIMIT" not in clauses:
        clauses.pop("ORDER", None)
    return object_name, _written(object_name, clauses)


def counting(soql: str) -> str:
    """The query that counts the rows of a query: never with an ORDER BY, which Salesforce refuses beside COUNT().

    Raises `Refused` like `tail_of`.
    """
    object_name, clauses = _read(soql)
    clauses.pop("ORDER", None)
    return f"SELECT COUNT() {_written(object_name, clauses)}"


def limit_of(soql: str) -> int | None:
    """How many rows a query wants at most, if it says so. Raises `Refused` like `tail_of`."""
    number = next((token.text for token in _read(soql)[1].get("LIMIT", ()) if token.text.isdecimal()), None)
    return None if number is None else int(number)


def _read(soql: str) -> tuple[str, dict[str, list[_Token]]]:
    tokens = _tokens(soql)
    object_name, rest = _object(tokens, _selected(tokens) + 1)
    return object_name, _clauses(tokens, rest)


def _written(object_name: str, clauses: Mapping[str, Sequence[_Token]]) -> str:
    parts = ["".join(" " if token.kind == "space" else token.text for token in part) for part in clauses.values()]
    return " ".join([f"FROM {object_name}", *(part.strip() for part in parts)])


def _tokens(soql: str) -> list[_Token]:
    if len(soql) > LONGEST:
        raise Refused(f"A query has at most {LONGEST:,} characters.")
    if unseen := _UNSEEN.search(soql):
        raise Refused(f"A character that cannot be seen (U+{ord(unseen[0]):04X}) has no place in a query: take it out.")
    text = soql.strip()
    found: list[_Token] = []
    place, depth = 0, 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise Refused(_strange(text, place))
        kind, piece = str(match.lastgroup), match[0]
        if kind == "comment":
            raise Refused("Comments are not possible in a query: take them out.")
        depth -= piece == ")"
        if depth < 0:
            raise Refused("A closing bracket has no opening one.")
        found.append(_Token(kind, piece, depth))
        depth += piece == "("
        place = match.end()
    if depth:
        raise Refused("An opening bracket is never closed.")
    return found


def _strange(text: str, place: int) -> str:
    match text[place]:
        case "'":
            return "A text that begins with ' never ends: its closing ' is missing."
        case ";":
            return "A query ends without a semicolon, and only one can be given."
        case strange if strange in _QUOTES:
            return "Texts in a query stand between straight single quotes ('…')."
        case strange:
            return f"The character {strange!r} has no place in a query outside a text."


def _selected(tokens: Sequence[_Token]) -> int:
    """The place of FROM, after a SELECT list that names fields."""
    if not tokens or tokens[0].word != "SELECT":
        raise Refused("A query begins with SELECT.")
    end = next((place for place, token in enumerate(tokens) if token.word == "FROM"), 0)
    if not end:
        raise Refused("A query needs FROM Contact, FROM Lead or FROM CampaignMember.")
    listed = [token for token in tokens[1:end] if token.kind != "space"]
    if not listed:
        raise Refused("Nothing stands between SELECT and FROM: Id will do.")
    for token, after in zip(listed, [*listed[1:], None], strict=True):
        _refuse_unwanted(token)
        if token.word in _AGGREGATES and after is not None and after.text == "(":
            raise Refused(f"{token.word}() is not possible here: {_PEOPLE}.")
    return end


def _object(tokens: Sequence[_Token], start: int) -> tuple[str, int]:
    place = _past_space(tokens, start)
    written = tokens[place].text if place < len(tokens) else ""
    name = OBJECTS.get(written.lower())
    if name is None:
        raise Refused(f"People come FROM Contact, Lead or CampaignMember, not FROM {written or 'nothing'}.")
    place = _past_space(tokens, place + 1)
    if place == len(tokens) or tokens[place].word in {*_CLAUSES, *_UNWANTED}:
        return name, place
    after = tokens[place]
    if after.kind == "word":
        raise Refused(f"Leave out “{after.text}” after {written}: another name for the object is not possible here.")
    raise Refused(f"After FROM {written} comes WHERE, not “{after.text}”.")


def _past_space(tokens: Sequence[_Token], place: int) -> int:
    return place + 1 if place < len(tokens) and tokens[place].kind == "space" else place


def _clauses(tokens: Sequence[_Token], start: int) -> dict[str, list[_Token]]:
    """The clauses after the object by their first word, in the one order that SOQL has."""
    found: dict[str, list[_Token]] = {}
    current = "FROM"
    for token in tokens[start:]:
        _refuse_unwanted(token)
        if token.word in _CLAUSES:
            if _CLAUSES.index(token.word) <= _CLAUSES.index(current):
                raise Refused(f"{token.word} stands twice or in the wrong place.")
            current = token.word
        found.setdefault(current, []).append(token)
    return found


def _refuse_unwanted(token: _Token) -> None:
    if token.word in _UNWANTED:
        raise Refused(_UNWANTED[token.word])
