"""A second layout for tests: Version 1's e-mail tracking, one row a person and message, as an org would have it."""

import shutil
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from connector.activity.history import Layout, instant
from sandbox.salesforce.org import SHIPPED

OBJECT = "Message_Summary__c"
_SHARED = ("External_Key__c", "Contact__c", "Lead__c", "Message_Id__c", "Activity_Group__c", "Run_Id__c")
_FIELD = """<?xml version="1.0" encoding="UTF-8"?>
<CustomField xmlns="http://soap.sforce.com/2006/04/metadata">
    <fullName>{name}</fullName><label>{name}</label><required>false</required>{kind}
</CustomField>
"""
_OWN = {
    "Count__c": "<type>Number</type><precision>18</precision><scale>0</scale>",
    "First__c": "<type>DateTime</type>",
    "Last__c": "<type>DateTime</type>",
}


def metadata(folder: Path) -> Path:
    """What is shipped, and the object of the summary beside it with its rights."""
    shutil.copytree(SHIPPED, folder)
    model, own = folder / "objects" / "Real_Magnet_Activity__c", folder / "objects" / OBJECT
    (own / "fields").mkdir(parents=True)
    text = (model / "Real_Magnet_Activity__c.object-meta.xml").read_text()
    (own / f"{OBJECT}.object-meta.xml").write_text(text.replace("RMA-", "MET-"))
    for name in _SHARED:
        text = (model / "fields" / f"{name}.field-meta.xml").read_text()
        (own / "fields" / f"{name}.field-meta.xml").write_text(
            text.replace("Real_Magnet_Activities", "Message_Summaries")
        )
    for name, kind in _OWN.items():
        (own / "fields" / f"{name}.field-meta.xml").write_text(_FIELD.format(name=name, kind=kind))
    _grant(folder / "permissionsets" / "Real_Magnet_Integration.permissionset-meta.xml")
    return folder


def _grant(path: Path) -> None:
    space = "{http://soap.sforce.com/2006/04/metadata}"
    tree = ET.parse(path)  # noqa: S314  # what we ship
    root = tree.getroot()
    for name in (*_SHARED[1:], *_OWN):
        grant = ET.SubElement(root, f"{space}fieldPermissions")
        for tag, value in (("editable", "true"), ("field", f"{OBJECT}.{name}"), ("readable", "true")):
            ET.SubElement(grant, space + tag).text = value
    grant = ET.SubElement(root, f"{space}objectPermissions")
    for tag in ("allowCreate", "allowDelete", "allowEdit", "allowRead"):
        ET.SubElement(grant, space + tag).text = "true"
    ET.SubElement(grant, f"{space}object").text = OBJECT
    tree.write(path)


_PLACE = """
    INSERT INTO placements (org_id, object, external_key, message_id, activity_group, person_id, state, run_id)
    SELECT f.org_id, :object, f.message_id || '-' || f.activity_group || '-' || m.person_id, f.message_id,
           f.activity_group, m.person_id, 'to write', :run
    FROM facts f JOIN matches m ON m.org_id = f.org_id AND m.recipient_id = f.recipient_id
    WHERE f.org_id = :org AND f.key BETWEEN :low AND :high AND f.decision IS NULL
        AND f.activity_group IN ('Sent', 'Opened')
    GROUP BY f.org_id, f.message_id, f.activity_group, m.person_id
    ON CONFLICT (org_id, object, external_key) DO UPDATE SET state = 'to write', attempts = 0,
        run_id = excluded.run_id, outcome = NULL
"""

_COVERS = f"""
    EXISTS (SELECT 1 FROM placements p JOIN matches m ON m.org_id = p.org_id AND m.person_id = p.person_id
            WHERE p.org_id = facts.org_id AND p.object = '{OBJECT}' AND p.message_id = facts.message_id
                AND p.activity_group = facts.activity_group AND m.recipient_id = facts.recipient_id)
"""  # noqa: S608  # a constant

_ROWS = """
    SELECT p.id, p.external_key, p.person_id, p.content_hash, p.message_id, p.activity_group, count(*),
           min(f.occurred_at), max(f.occurred_at)
    FROM placements p
    JOIN matches m ON m.org_id = p.org_id AND m.person_id = p.person_id
    JOIN facts f ON f.org_id = p.org_id AND f.recipient_id = m.recipient_id AND f.message_id = p.message_id
        AND f.activity_group = p.activity_group
    WHERE p.org_id = :org AND p.object = :object AND p.state = 'to write'
    GROUP BY p.id, p.external_key, p.person_id, p.content_hash, p.message_id, p.activity_group
    ORDER BY p.person_id, p.id
"""


def _values(row: Sequence[Any]) -> list[str]:
    message, group, count, first, last = row
    return [str(message), group, str(count), instant(first), instant(last)]


SUMMARY = Layout(
    object_name=OBJECT,
    columns=("Message_Id__c", "Activity_Group__c", "Count__c", "First__c", "Last__c"),
    place=_PLACE,
    covers=_COVERS,
    rows=_ROWS,
    values=_values,
)
