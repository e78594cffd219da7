"""A minimal XML answer for clients that do not ask for JSON: member names in order, dates as local time; no schema."""

import re
from datetime import datetime
from typing import Any
from xml.etree import ElementTree as ET

from sandbox.realmagnet.wire import EASTERN

_DATE = re.compile(r"/Date\((-?\d+)([+-]\d{4})\)/")
_NAMESPACE = "http://schemas.datacontract.org/2004/07/APIAdapter"


def xml_of(op: str, value: Any) -> bytes:
    root = ET.Element(f"{op}Result", {"xmlns": _NAMESPACE})
    _fill(root, value)
    return ET.tostring(root, encoding="utf-8", xml_declaration=False)


def _fill(element: ET.Element, value: Any) -> None:
    if isinstance(value, dict):
        for name in sorted(value):
            _fill(ET.SubElement(element, name), value[name])
    elif isinstance(value, list):
        for item in value:
            _fill(ET.SubElement(element, "Item"), item)
    elif value is None:
        element.set("nil", "true")
    else:
        element.text = _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    found = _DATE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return str(value)
    at = int(found[1])
    return "0001-01-01T00:00:00" if at < 0 else f"{datetime.fromtimestamp(at / 1000, EASTERN):%Y-%m-%dT%H:%M:%S}"
