"""The list views of the ordinary demo: of everybody, of one's own, filtered, and one that SOQL cannot say."""

from sandbox.salesforce.ids import make_ids
from sandbox.salesforce.list_views.store import Shape, prepare, save_shape
from sandbox.salesforce.loading import load_rows
from sandbox.salesforce.org import Org

_CONTACT = ("Name", "Account.Name", "Phone", "Email", "Owner.Alias")
_LEAD = ("Name", "Company", "Email", "Status", "CreatedDate", "Owner.Alias")
VIEWS: tuple[tuple[str, str, str, bool, Shape], ...] = (
    ("Contact", "All Contacts", "AllContacts", True, Shape(_CONTACT)),
    ("Contact", "My Contacts", "MyContacts", True, Shape(_CONTACT, scope="mine")),
    (
        "Contact",
        "Contacts with an address, from O to S",
        "Contacts_O_to_S",
        True,
        Shape(
            ("Name", "Email", "CreatedDate", "HasOptedOutOfEmail"),
            where="Email != null AND (LastName LIKE 'O%' OR LastName LIKE 'S%' OR LastName = 'd\\'Arc')",
            order=("LastName", "CreatedDate DESC"),
        ),
    ),
    ("Contact", "Recently Viewed Contacts", "RecentlyViewedContacts", False, Shape(_CONTACT)),
    ("Lead", "All Leads", "AllLeads", True, Shape(_LEAD, where="IsConverted = false")),
    ("Campaign", "All Campaigns", "AllCampaigns", True, Shape(("Name", "IsActive"))),
)


def load_list_views(org: Org) -> None:
    ids = list(make_ids("00B", org.database.reserve("00B", len(VIEWS)), len(VIEWS)))
    named = list(zip(ids, VIEWS, strict=True))
    columns = ("Id", "SobjectType", "Name", "DeveloperName", "IsSoqlCompatible")
    load_rows(org, "ListView", columns, ((view_id, *view[:4]) for view_id, view in named))
    with org.database.writing() as connection:
        prepare(connection)
        for view_id, view in named:
            save_shape(connection, view_id, view[4])
