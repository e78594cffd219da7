"""What can happen to a recipient, as stored and as tracking reports name it; knows no store and no HTTP."""

from enum import IntEnum


class Kind(IntEnum):
    EMAIL_SENT = 1
    EMAIL_DELIVERED = 2
    EMAIL_BOUNCED = 3
    EMAIL_OPENED = 4
    LINK_CLICKED = 5
    UNSUBSCRIBED = 6
    FAX_SENT = 7
    FAX_DELIVERED = 8
    FAX_FAILED = 9


class EmailStatus(IntEnum):
    """Declaration order of the SOAP twin's enum; the ordinals on the wire are assumed."""

    Inprogress = 0
    Delivered = 1
    SB = 2
    HB = 3
    UNF = 4
    TU = 5
    MF = 6
    BD = 7
    Failed = 8


class FaxStatus(IntEnum):
    Inprogress = 0
    Delivered = 1
    Failed = 2


class SuppressionType(IntEnum):
    """The vendor's numbers are not public: assumed."""

    Manual = 1
    SpamComplaint = 2
    Automatic = 3


BOUNCES = frozenset({EmailStatus.SB, EmailStatus.HB, EmailStatus.UNF, EmailStatus.TU, EmailStatus.MF, EmailStatus.BD})

# What each ReportType of GetDetailedTracking lists. `all` and `fax_all` are assumed.
REPORTS: dict[str, tuple[Kind, ...]] = {
    "email_sent": (Kind.EMAIL_SENT,),
    "email_delivered": (Kind.EMAIL_DELIVERED,),
    "email_bounced": (Kind.EMAIL_BOUNCED,),
    "email_opened": (Kind.EMAIL_OPENED,),
    "unsubscribed": (Kind.UNSUBSCRIBED,),
    "links": (Kind.LINK_CLICKED,),
    "fax_sent": (Kind.FAX_SENT,),
    "fax_delivered": (Kind.FAX_DELIVERED,),
    "fax_failed": (Kind.FAX_FAILED,),
    "all": (Kind.EMAIL_SENT, Kind.EMAIL_OPENED, Kind.LINK_CLICKED, Kind.UNSUBSCRIBED),
    "fax_all": (Kind.FAX_SENT,),
}
ACTIVITIES = (Kind.EMAIL_SENT, Kind.EMAIL_OPENED, Kind.LINK_CLICKED, Kind.UNSUBSCRIBED, Kind.FAX_SENT)
