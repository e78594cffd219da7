"""MagnetMail Messages and MagnetMail Links: what everybody did with a message or a link, whether or not we know them.

They stand as soon as one selected kind of the message is in Summary, and are read from figures that were added up.
"""

from collections.abc import Sequence
from typing import Any

from connector.activity.layouts.layout import PLACED_AGAIN, SUMMARY_MODES, Layout, instant, quoted
from connector.model.activity import Channel
from connector.model.lists import LIST_OF, OBJECTS, SummaryList
from connector.store.message_figures import PIVOT

NAME_LENGTH = 80
"""What the name of a row holds; the whole name stands in a field of its own."""

_MESSAGES = """
    (SELECT DISTINCT f.org_id, f.message_id, substr(f.key, 1, 8) AS prefix FROM facts f
     WHERE f.org_id = :org AND f.key BETWEEN :low AND :high AND f.decision IS NULL AND f.message_id <> 0
        AND {allowed}) AS w
"""  # our own words

_IN_SUMMARY = f"""
    EXISTS (SELECT 1 FROM kind_choices k JOIN facts s ON s.org_id = k.org_id AND s.message_id = w.message_id
                AND s.activity_group = k.activity_group
            WHERE k.org_id = w.org_id AND k.selected AND k.mode IN ({SUMMARY_MODES})
                AND k.activity_group IN ({quoted(*LIST_OF)}))
"""  # noqa: S608  # our own words

_PLACE_MESSAGES = f"""
    INSERT INTO placements (org_id, object, external_key, message_id, activity_group, person_id, state, run_id)
    SELECT w.org_id, :object, w.prefix || '-' || w.message_id, w.message_id, '{SummaryList.MESSAGES}', '',
           'to write', :run
    FROM {_MESSAGES} WHERE {_IN_SUMMARY} {PLACED_AGAIN}
"""  # noqa: S608  # our own words

_PLACE_LINKS = f"""
    INSERT INTO placements (org_id, object, external_key, message_id, activity_group, person_id, link_id, state, run_id)
    SELECT w.org_id, :object, w.prefix || '-' || w.message_id || '-' || l.url_hash, w.message_id,
           '{SummaryList.LINKS}', '', l.id, 'to write', :run
    FROM {_MESSAGES} JOIN links l ON l.org_id = w.org_id AND l.message_id = w.message_id
    WHERE {_IN_SUMMARY} {PLACED_AGAIN}
"""  # noqa: S608  # our own words

_FIELDS = (
    "emails",
    "sent",
    "delivered",
    "bounced",
    "opened_total",
    "opened_people",
    "links_clicked",
    "clicked_people",
    "unsubscribed",
    "fax_sent",
    "fax_delivered",
    "fax_failed",
)

_MESSAGE_ROWS = f"""
    SELECT p.id, p.external_key, p.person_id, p.content_hash, p.message_id, max(g.name), max(g.last_sent),
           max(g.channels), {", ".join(f"max(g.{name})" for name in _FIELDS)}
    FROM placements p
    LEFT JOIN (SELECT m.org_id, m.id, max(m.name) AS name, max(m.last_sent) AS last_sent, max(m.channels) AS channels,
                      {PIVOT}
               FROM messages m LEFT JOIN figures f ON f.org_id = m.org_id AND f.message_id = m.id
               WHERE m.org_id = :org GROUP BY m.org_id, m.id) AS g ON g.org_id = p.org_id AND g.id = p.message_id
    WHERE p.org_id = :org AND p.object = :object AND p.state = 'to write'
    GROUP BY p.person_id, p.id ORDER BY p.person_id, p.id
"""  # noqa: S608  # our own words

_LINK_ROWS = f"""
    SELECT p.id, p.external_key, p.person_id, p.content_hash, p.message_id, g.salesforce_id, l.url, l.label, l.text,
           l.clicks, l.people
    FROM placements p
    JOIN links l ON l.id = p.link_id
    LEFT JOIN placements g ON g.org_id = p.org_id AND g.object = '{OBJECTS[SummaryList.MESSAGES]}'
        AND g.external_key = substr(p.external_key, 1, 8) || '-' || p.message_id AND g.state <> 'deleted'
    WHERE p.org_id = :org AND p.object = :object AND p.state = 'to write'
    ORDER BY p.person_id, p.id
"""  # noqa: S608  # our own words


def _message_values(row: Sequence[Any]) -> list[str]:
    message_id, name, last_sent, channels, *figures = row
    whole = (name or "").strip() or f"Message {message_id}"
    found = (channels or "").split(",")
    channel = Channel.EMAIL if Channel.EMAIL in found else found[0]
    told = [str(int(figure or 0)) for figure in figures]
    return [whole[:NAME_LENGTH], whole[:255], str(message_id), channel, instant(last_sent), *told]


def _link_values(row: Sequence[Any]) -> list[str]:
    message_id, message, url, label, caption, clicks, people = row
    whole = (label or caption or url).strip()
    return [whole[:NAME_LENGTH], whole[:255], url[:2000], str(message_id), message or "", str(clicks), str(people)]


MESSAGES = Layout(
    label=SummaryList.MESSAGES,
    object_name=OBJECTS[SummaryList.MESSAGES],
    columns=(
        "Name",
        "Message_Name__c",
        "Message_Id__c",
        "Channel__c",
        "Last_Sent__c",
        *(f"{'_'.join(word.capitalize() for word in name.split('_'))}__c" for name in _FIELDS),
    ),
    place=_PLACE_MESSAGES,
    rows=_MESSAGE_ROWS,
    values=_message_values,
    aggregate=True,
)

LINKS = Layout(
    label=SummaryList.LINKS,
    object_name=OBJECTS[SummaryList.LINKS],
    columns=("Name", "Link_Name__c", "Link_URL__c", "Message_Id__c", "Message__c", "Clicks__c", "People__c"),
    place=_PLACE_LINKS,
    rows=_LINK_ROWS,
    values=_link_values,
    aggregate=True,
)
