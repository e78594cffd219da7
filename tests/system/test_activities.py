"""The page about activities says what the one table in the code says."""

import re

from connector.model.activity import ACTIVITIES
from tests.system.tree import read


def test_the_page_has_every_activity_in_its_own_words():
    rows = re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \|$", read("docs/activities.md"), re.MULTILINE)
    assert [row for row in rows if row[0] not in {"kind", "---"}] == [
        (str(one.group), one.label, one.meaning) for one in ACTIVITIES
    ]
