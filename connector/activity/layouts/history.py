"""History: one row of Real Magnet Activity History for each fact and person, and how its columns are filled."""

from collections.abc import Sequence
from typing import Any

from connector.activity.layouts.layout import HISTORY_MODES, PLACED_AGAIN, SUMMARY_MODES, Layout, instant, quoted
from connector.model.activity import channel_of
from connector.model.lists import HISTORY_OBJECT, LIST_OF

_PLACE = f"""
    INSERT INTO placements (org_id, object, external_key, fact_key, message_id, activity_group, person_id, state,
                            run_id)
    SELECT f.org_id, :object, CASE WHEN m.slot = '' THEN f.key ELSE f.key || '-' || m.slot END, f.key, f.message_id,
           f.activity_group, m.person_id, 'to write', :run
    FROM facts f
    JOIN kind_choices k ON k.org_id = f.org_id AND k.activity_group = f.activity_group AND k.selected
        AND (k.mode IN ({HISTORY_MODES})
             OR (k.mode IN ({SUMMARY_MODES}) AND k.activity_group NOT IN ({quoted(*LIST_OF)})))
    JOIN matches m ON m.org_id = f.org_id AND m.recipient_id = f.recipient_id
    WHERE f.org_id = :org AND f.key BETWEEN :low AND :high AND f.decision IS NULL AND {{allowed}}
    {PLACED_AGAIN}
"""  # noqa: S608  # our own words

_COVERS = f"""
    EXISTS (SELECT 1 FROM placements p WHERE p.org_id = facts.org_id AND p.object = '{HISTORY_OBJECT}'
            AND p.external_key = facts.key AND {{standing}})
"""  # noqa: S608  # our own words

_ROWS = """
    SELECT p.id, p.external_key, p.person_id, p.content_hash, f.activity_group, f.activity, f.occurred_at,
           coalesce(m.name, ''), f.message_id, l.url, l.label, l.text, f.detail,
           f.channel
    FROM placements p
    JOIN facts f ON f.org_id = p.org_id AND f.key = p.fact_key
    LEFT JOIN messages m ON m.org_id = p.org_id AND m.id = p.message_id
    LEFT JOIN links l ON l.id = f.link_id
    WHERE p.org_id = :org AND p.object = :object AND p.state = 'to write'
    ORDER BY p.person_id, p.id
"""


def _values(row: Sequence[Any]) -> list[str]:
    group, activity, occurred_at, name, message_id, url, label, caption, detail, channel = row
    return [
        group,
        activity,
        channel or channel_of(group),
        instant(occurred_at),
        name[:255],
        str(message_id) if message_id else "",
        (url or "")[:2000],
        label or "",
        caption or "",
        detail,
    ]


HISTORY = Layout(
    label="Real Magnet Activity",
    object_name=HISTORY_OBJECT,
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
