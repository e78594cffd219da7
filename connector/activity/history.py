"""History: one row of Real Magnet Activity History for each fact and person, and how its columns are filled."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from connector.model.activity import channel_of
from connector.model.people import kind_of

KEY_FIELD = "External_Key__c"
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Layout:
    """How placements of one Salesforce object come to be and what their rows say.

    `place` inserts the placements that undecided facts between two keys ask for; `covers` is the condition on `facts`
    that one of them stands for the fact; `rows` selects the placements to write
    with what `values` needs, by person; `values` turns one such row (after its first four columns: placement id,
    external key, person, content hash) into the object's columns.
    """

    object_name: str
    columns: tuple[str, ...]
    place: str
    covers: str
    rows: str
    values: Callable[[Sequence[Any]], list[str]]


_PLACE = """
    INSERT INTO placements (org_id, object, external_key, fact_key, message_id, activity_group, person_id, state,
                            run_id)
    SELECT f.org_id, :object, CASE WHEN m.slot = '' THEN f.key ELSE f.key || '-' || m.slot END, f.key, f.message_id,
           f.activity_group, m.person_id, 'to write', :run
    FROM facts f
    JOIN kind_choices k ON k.org_id = f.org_id AND k.activity_group = f.activity_group AND k.selected
        AND k.mode = 'History'
    JOIN matches m ON m.org_id = f.org_id AND m.recipient_id = f.recipient_id
    WHERE f.org_id = :org AND f.key BETWEEN :low AND :high AND f.decision IS NULL
    ON CONFLICT (org_id, object, external_key) DO UPDATE SET person_id = excluded.person_id, state = 'to write',
        attempts = 0, run_id = excluded.run_id, outcome = NULL
"""

_COVERS = """
    EXISTS (SELECT 1 FROM placements p WHERE p.org_id = facts.org_id AND p.object = 'Real_Magnet_Activity__c'
            AND p.external_key = facts.key)
"""

_ROWS = """
    SELECT p.id, p.external_key, p.person_id, p.content_hash, f.activity_group, f.activity, f.occurred_at,
           coalesce(m.name, ''), f.message_id, l.url, l.label, l.text, f.detail
    FROM placements p
    JOIN facts f ON f.org_id = p.org_id AND f.key = p.fact_key
    LEFT JOIN messages m ON m.org_id = p.org_id AND m.id = p.message_id
    LEFT JOIN links l ON l.id = f.link_id
    WHERE p.org_id = :org AND p.object = :object AND p.state = 'to write'
    ORDER BY p.person_id, p.id
"""


def instant(milliseconds: int) -> str:
    """An instant as Salesforce's CSV wants it; empty for none."""
    if not milliseconds:
        return ""
    seconds, fraction = divmod(milliseconds, 1000)
    day, second = divmod(seconds, 86_400)
    minute, second = divmod(second, 60)
    hour, minute = divmod(minute, 60)
    return f"{_day(day)}T{hour:02d}:{minute:02d}:{second:02d}.{fraction:03d}Z"


@lru_cache(maxsize=4096)
def _day(number: int) -> str:
    """A day since the epoch as its date; a night has a few hundred of them and a million instants."""
    return date.fromordinal(_EPOCH + number).isoformat()


def _values(row: Sequence[Any]) -> list[str]:
    group, activity, occurred_at, name, message_id, url, label, caption, detail = row
    return [
        group,
        activity,
        channel_of(group),
        instant(occurred_at),
        name[:255],
        str(message_id) if message_id else "",
        (url or "")[:2000],
        label or "",
        caption or "",
        detail,
    ]


HISTORY = Layout(
    object_name="Real_Magnet_Activity__c",
    columns=(
        "Activity_Group__c",
        "Activity__c",
        "Channel__c",
        "Activity_Date__c",
        "Message_Name__c",
        "Message_Id__c",
        "Link_URL__c",
        "Link_Label__c",
        "Link_Text__c",
        "Detail__c",
    ),
    place=_PLACE,
    covers=_COVERS,
    rows=_ROWS,
    values=_values,
)

LAYOUTS: tuple[Layout, ...] = (HISTORY,)
"""Every object that placements stand in."""


def lookups(person_id: str) -> tuple[str, str]:
    """Contact__c and Lead__c of a row: the one that the person is, and null for the other."""
    return (person_id, "") if kind_of(person_id) == "Contact" else ("", person_id)
