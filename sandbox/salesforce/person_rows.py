"""People of the crowd as rows of Contact and Lead: which columns, which values; writes nothing."""

from sandbox import people

PERSON = (
    "Id", "FirstName", "LastName", "Email", "Phone", "MobilePhone", "Fax", "Title", "HasOptedOutOfEmail",
    "HasOptedOutOfFax", "IsDeleted", "MasterRecordId",
)  # fmt: skip


def person(item: people.Person) -> tuple[object, ...]:
    return (
        item.id,
        item.first_name or None,
        item.last_name,
        item.email or None,
        item.phone or None,
        item.mobile or None,
        item.fax or None,
        item.title or None,
        item.opted_out_of_email,
        item.opted_out_of_fax,
        item.is_deleted,
        item.merged_into or None,
    )


def place(item: people.Person) -> tuple[object, ...]:
    there = item.place
    return (item.street or None, there.city, there.state or None, there.postal_code or None, there.country)


def address(prefix: str) -> tuple[str, ...]:
    return tuple(prefix + name for name in ("Street", "City", "State", "PostalCode", "Country"))
