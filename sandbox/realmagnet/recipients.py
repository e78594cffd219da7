"""Recipients: added, edited, searched; each is one address or one Custom Member ID of the account."""

from collections.abc import Mapping
from typing import Any

from sandbox.realmagnet import answers, documents, identity
from sandbox.realmagnet.call import Call
from sandbox.realmagnet.contract import Body
from sandbox.realmagnet.groups import join_groups
from sandbox.realmagnet.kinds import SuppressionType

_BASE_FIELDS = (
    *(("Email", "Email"), ("First_Name", "First Name"), ("Last_Name", "Last Name"), ("Phone", "Phone"), ("Fax", "Fax")),
    *(("Address", "Address 1"), ("Address2", "Address 2"), ("City", "City"), ("State", "State"), ("Zip", "Zip")),
    ("Company", "Company"),
)
_OWN_FIELDS = (("custom1", "Title"), ("custom2", "Country"))  # labels this account gave; their place is assumed
_DETAILS = {"CustomMemberID": "CustomID"}  # UpsertRecipient's own word for it


def get_recipient_fields(call: Call) -> dict[str, Any]:
    _ = call
    return {
        "CustomFields": [{"FieldName": name, "Label": label} for name, label in (*_BASE_FIELDS, *_OWN_FIELDS)],
        "EnhancedFields": [{"FieldName": "Renewal_Month", "ID": 1, "MappingName": "EP_3"}],
        "Message": "Transaction has been completed successfully!",
    }


def _sent_fields(body: Body) -> dict[str, str]:
    return {name: body.text(name) for name in documents.TEXT_FIELDS if body.members.get(name) is not None}


def add_recipient(call: Call) -> dict[str, Any]:
    fields = _sent_fields(call.body)
    if lacking := identity.lacks(call.account, fields):
        return answers.save_result("", 0, error=answers.VALIDATION, code=lacking)
    if (existing := identity.find(call.account, fields)) is not None:
        return answers.save_result("RECIPIENT_EXISTS", existing, error=answers.RECIPIENT_EXISTS)
    recipient_id = _insert(call, fields)
    join_groups(call, recipient_id, call.body.integers("Groups", []))
    return answers.save_result("Recipient added successfully", recipient_id)


def edit_recipient(call: Call) -> dict[str, Any]:
    """Overwrites everything: a field that is not sent is blanked. Words and codes of the answer are assumed."""
    recipient_id, fields = call.body.integer("ID"), _sent_fields(call.body)
    if lacking := identity.lacks(call.account, fields):
        return answers.save_result("", 0, error=answers.VALIDATION, code=lacking)
    if call.account.value("SELECT 1 FROM recipient WHERE id = ?", recipient_id) is None:
        return answers.save_result("", 0, error=answers.VALIDATION, code="NO_RECIPIENT")
    if (other := identity.find(call.account, fields)) not in {None, recipient_id}:
        return answers.save_result("RECIPIENT_EXISTS", other or 0, error=answers.RECIPIENT_EXISTS)
    _update(call, recipient_id, fields)
    join_groups(call, recipient_id, call.body.integers("Groups", []))
    return answers.save_result("Recipient edited successfully", recipient_id)


def upsert_recipient(call: Call) -> dict[str, Any]:
    """`add` finds an address that exists and leaves it; `update` needs a known ID. Details' words are assumed."""
    details, wanted = call.body.inner("RecipientDetails"), call.body.text("UpsertType").lower()
    email, fields = details.text("Email"), _details_fields(details)
    if call.body.flag("ValidateEmail") and not identity.is_address(email):
        return answers.api_response(0, "INVALID_EMAIL")
    if lacking := identity.lacks(call.account, fields):
        return answers.api_response(0, lacking)
    existing = identity.find(call.account, fields)
    if wanted == "add":
        if existing is not None:
            return answers.api_response(existing, "RECIPIENT_EXISTS")
        recipient_id = _insert(call, fields)
    elif wanted == "update":
        recipient_id = details.integer("ID", existing or 0)
        row = call.account.one("SELECT document FROM recipient WHERE id = ?", recipient_id)
        if row is None or existing not in {None, recipient_id}:
            return answers.api_response(0, "NO_RECIPIENT" if row is None else "RECIPIENT_EXISTS")
        blank = call.body.flag("UpdateWithNullifNotPassed", False)
        kept = {} if blank else documents.fields_of(row["document"])
        _update(call, recipient_id, kept | fields)
    else:
        return answers.api_response(0, "INVALID_UPSERT_TYPE")
    _apply_flags(call, recipient_id, details)
    return answers.api_response(recipient_id, "")


def _details_fields(details: Body) -> dict[str, str]:
    fields = {
        _DETAILS.get(name, name): str(value)
        for name, value in details.members.items()
        if value is not None and _DETAILS.get(name, name) in documents.TEXT_FIELDS
    }
    for pair in details.items("CustomFields", []):
        entry = Body.of(pair)
        fields[f"CustomField{entry.integer('Key')}"] = entry.text("Value", "")
    return fields


def _apply_flags(call: Call, recipient_id: int, details: Body) -> None:
    """Members left out change nothing; suppressing by this way counts as manual (assumed)."""
    with call.account.transaction() as connection:
        if details.members.get("SmsNumber"):
            connection.execute("UPDATE recipient SET sms = ? WHERE id = ?", (details.text("SmsNumber"), recipient_id))
        if details.flag("RecipientSuppressed", False):
            connection.execute("UPDATE recipient SET suppressed_at = ? WHERE id = ?", (call.now, recipient_id))
            connection.execute(
                "INSERT INTO suppression (at, recipient_id, type) VALUES (?, ?, ?)",
                (call.now, recipient_id, SuppressionType.Manual),
            )
        if details.flag("Unsubscribed", False):
            connection.execute("UPDATE recipient SET unsubscribed_at = ? WHERE id = ?", (call.now, recipient_id))


def _insert(call: Call, fields: Mapping[str, str]) -> int:
    with call.account.transaction() as connection:
        recipient_id: int = connection.execute("SELECT coalesce(max(id), 2778600000) + 1 FROM recipient").fetchone()[0]
        connection.execute(
            "INSERT INTO recipient (id, email_key, custom_id, document, has_fax) "
            "VALUES (:id, :email_key, :custom_id, :document, :has_fax)",
            documents.row_of(recipient_id, fields),
        )
    return recipient_id


def _update(call: Call, recipient_id: int, fields: Mapping[str, str]) -> None:
    with call.account.transaction() as connection:
        connection.execute(
            "UPDATE recipient SET email_key = :email_key, custom_id = :custom_id, document = :document, "
            "has_fax = :has_fax WHERE id = :id",
            documents.row_of(recipient_id, fields),
        )


def search_recipient(call: Call) -> list[Any]:
    """Whole values, letter case apart (assumed); no filter finds nobody; a page has 100 unless told (assumed)."""
    conditions, values = list[str](), list[Any]()
    for name, value in call.body.members.items():
        if value in (None, ""):
            continue
        if name == "Email":
            conditions.append("r.email_key = ?")
            values.append(documents.email_key(str(value)))
        elif name == "ID":
            conditions.append("r.id = ?")
            values.append(call.body.integer("ID"))
        elif name == "CustomID":
            conditions.append("r.custom_id = ?")
            values.append(str(value))
        elif name in documents.TEXT_FIELDS:
            conditions.append(f"casefold(json_extract(CAST(r.document AS TEXT), '$.{name}')) = casefold(?)")
            values.append(str(value))
    if not conditions:
        return []
    size, page = call.body.integer("PageSize", 100) or 100, max(1, call.body.integer("PageNo", 1))
    rows = call.account.all(
        f"SELECT {documents.COLUMNS} FROM recipient r WHERE {' AND '.join(conditions)} ORDER BY r.id LIMIT ? OFFSET ?",
        *(*values, size, (page - 1) * size),
    )
    return [documents.show(row, call.now) for row in rows]
