"""The page about errors says what the one table in the code says."""

import re

from connector.model.rejections import ALIKE, REASONS
from tests.system.tree import read

NAMED = [
    "REQUEST_LIMIT_EXCEEDED",
    "STORAGE_LIMIT_EXCEEDED",
    "UNABLE_TO_LOCK_ROW",
    "DUPLICATES_DETECTED",
    "FIELD_CUSTOM_VALIDATION_EXCEPTION",
    "REQUIRED_FIELD_MISSING",
    "INSUFFICIENT_ACCESS_OR_READONLY",
    "INVALID_CROSS_REFERENCE_KEY",
    "ENTITY_IS_DELETED",
    "INVALID_FIELD",
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
    "OAUTH_APP_BLOCKED",
    "INVALID_SESSION_ID",
    "DUPLICATE_VALUE",
    "INACTIVE_OWNER_OR_USER",
]


def test_the_page_has_every_code_in_its_own_words():
    page = read("docs/errors.md")
    rows = re.findall(r"^\| ([A-Z_]+) \| (.+?) \| (.+?) \| (.+?) \|$", page, re.MULTILINE)
    assert rows == [(code, one.why, str(one.owner), one.advice) for code, one in REASONS.items()]
    assert dict(re.findall(r"^\| ([A-Z_]+) \| ([A-Z_]+) \|$", page, re.MULTILINE)) == ALIKE


def test_the_errors_that_admins_meet_are_all_in_it():
    assert [code for code in NAMED if code not in REASONS and code not in ALIKE] == []
