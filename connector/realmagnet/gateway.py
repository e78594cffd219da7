"""What the product asks a Real Magnet account, in the product's words; it knows no HTTP and keeps nothing."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from connector.clock import EASTERN
from connector.model.activity import Channel
from connector.model.groups import (
    Group,
    GroupSend,
    GroupSize,
    Member,
    MessageDetails,
    RecipientField,
    Upload,
    UploadStatus,
    is_reserved,
)
from connector.model.single_sends import IndividualSend, MessageContent, RecipientNow
from connector.model.tracking import (
    Click,
    History,
    Message,
    Period,
    Recipient,
    Report,
    Subscribe,
    Suppression,
    TrackedPage,
    Unsubscribe,
    UrlClicks,
)
from connector.realmagnet import groups, history, individuals, recipients, sending, translate, uploads, wire
from connector.realmagnet.session import Login, Session
from connector.realmagnet.transport import Transport
from connector.settings import Settings

PAGE = 2000
"""The vendor's own limit."""

CLICK_REPORT = 2
_LONG_AGO = date(1990, 1, 1)

_PROBES = {"all": Channel.EMAIL, "fax_all": Channel.FAX}


class RealMagnet:
    """One Real Magnet account. For one thread; every method raises our errors only.

    `refused` is told, in words for a person, whenever Real Magnet does not let us in.
    """

    def __init__(
        self, username: str, password: str, settings: Settings, *, refused: Callable[[str], None] | None = None
    ) -> None:
        self._transport = Transport(settings)
        self._session = Session(username, password, self._transport, refused)

    @property
    def calls(self) -> Counter[str]:
        """How many requests were sent, by operation."""
        return self._transport.calls

    def login(self) -> Login:
        """Log in now. Raises `CredentialsRefused`."""
        return self._session.authenticate()

    @property
    def account(self) -> str:
        """The account's code (the vendor's UserID); logs in if nobody has."""
        return self._session.login.account

    def messages(self, sent: Period) -> list[Message]:
        """The messages last sent in a period, never those not sent yet.

        An expired session may well answer with an empty list, so nothing is believed only from a fresh one.
        """
        found = self._listed(Period(_LONG_AGO, sent.last + timedelta(days=1)), sent)
        start = datetime.combine(sent.first, datetime.min.time(), EASTERN).astimezone(UTC)
        return [message for message in found if message.last_sent is not None and message.last_sent >= start]

    def messages_created(self, created: Period) -> list[Message]:
        """The messages created in a period, also those never sent: that a blank range is open is assumed."""
        return self._listed(created, None)

    def _listed(self, created: Period, sent: Period | None) -> list[Message]:
        body = {
            "CreateStartDate": created.first.isoformat(),
            "CreateEndDate": created.last.isoformat(),
            "SendStartDate": sent.first.isoformat() if sent else "",
            "SendEndDate": sent.last.isoformat() if sent else "",
        }
        found = self._session.ask("GetMessageList", body, translate.messages)
        if not found:
            self._session.authenticate()
            found = self._session.ask("GetMessageList", body, translate.messages)
        return found

    def total(self, message_id: int, report: Report, period: Period) -> int:
        """How many rows a report of a message has in a period: one call, one row."""
        return self._total(message_id, report.value, period)

    def channels(self, message_id: int, period: Period) -> set[Channel]:
        """The channels that a message was sent by; the message list does not say."""
        return {channel for name, channel in _PROBES.items() if self._total(message_id, name, period)}

    def tracking(self, message_id: int, report: Report, period: Period) -> Iterator[TrackedPage]:
        """The pages of a report, up to the total that the latest page named: it may move while they are read."""
        read, page, total = translate.page_of(report), 0, 1
        while page * PAGE < total:
            page += 1
            body = _tracking_body(message_id, report.value, period, page, PAGE)
            answer = self._session.ask("GetDetailedTracking", body, read)
            total = answer.total
            yield answer

    def _total(self, message_id: int, report: str, period: Period) -> int:
        body = _tracking_body(message_id, report, period, 1, 1)
        return self._session.ask("GetDetailedTracking", body, translate.total_and_rows)[0]

    def clicked_urls(self, message_id: int) -> list[UrlClicks]:
        """The URLs of a message that were clicked, with their gross clicks of all time (report 2)."""
        body = {"Parameters": [{"Key": "@MessageId", "Value": str(message_id)}], "ReportId": CLICK_REPORT}
        return self._session.ask("ExecuteReport", body, translate.url_clicks)

    def clicks(self, message_id: int, url: str, period: Period) -> Iterator[list[Click]]:
        """The dated clicks on one URL, page by page; there is no total, so a short page is the last."""
        page, rows = 0, PAGE
        while rows == PAGE:
            page += 1
            body = {"MessageID": message_id, "LinkURL": url, "PageNo": page, "PageSize": PAGE, **_start_end(period)}
            found = self._session.ask("GetMessageLinkTracking", body, translate.clicks)
            rows = len(found)
            if found:
                yield found

    def unsubscribes(self, period: Period) -> list[Unsubscribe]:
        """Who left the account's mailings in a period. The request's spelling is assumed, so both are sent."""
        return self._session.ask("GetUnsubscribes", {**_from_to(period), **_start_end(period)}, translate.unsubscribes)

    def subscribes(self, period: Period) -> list[Subscribe]:
        """Who signed up in a period. ReportType's values are not documented: none is named."""
        body = {**_start_end(period), "Groups": [], "ReportType": ""}
        return self._session.ask("GetSubscribers", body, translate.subscribes)

    def suppressed(self, period: Period) -> list[Suppression]:
        """Who was put under suppression in a period. The request's spelling is assumed, so both are sent."""
        body = {**_from_to(period), **_start_end(period)}
        return self._session.ask("GetSuppressedRecipients", body, translate.suppressions)

    def recipient(self, recipient_id: int) -> Recipient | None:
        """One recipient by its number, which the vendor wants as text here; None if there is none."""
        body = {"ID": str(recipient_id), "PageNo": 1, "PageSize": 1}
        found = self._session.ask("SearchRecipient", body, wire.rows_of)
        return translate.recipient(found[0]) if found else None

    def recipients(self, *, email: str = "", custom_id: str = "") -> list[Recipient]:
        """The recipients with this address, or with this Custom Member ID."""
        return history.recipients(self._session, {"Email": email, "CustomID": custom_id})

    def history(self, recipient_id: int) -> History:
        """Which messages went to one recipient; it names them, the reports of a message tell what happened."""
        return history.named(self._session, recipient_id)

    def groups(self) -> list[Group]:
        """Every group of the account but those that are ours alone."""
        return [group for group in groups.every(self._session) if not is_reserved(group.name)]

    def groups_named(self, name: str) -> list[Group]:
        """The groups of this name, letter case and blanks around it apart; a name may well be there twice."""
        return groups.named(self._session, name)

    def group_size(self, group_id: int) -> GroupSize:
        """How many are in a group. Raises `NotFound`."""
        return groups.size(self._session, group_id)

    def create_group(self, name: str) -> int:
        """A new group's number. Raises `Refused`, and `Unsure`: look for the name before creating it again."""
        return groups.create(self._session, name)

    def recipient_fields(self) -> list[RecipientField]:
        """The fields that an upload may map to, the Custom Member ID first."""
        return groups.fields(self._session)

    def members(self, group_id: int) -> Iterator[list[Member]]:
        """Who is in a group, page by page; nobody in a group that does not exist (assumed)."""
        return groups.members(self._session, group_id)

    def upload(self, wanted: Upload) -> int:
        """Hand rows over; the number that `upload_status` wants.

        Raises `Refused` with what the vendor said, `Temporary` when surely nothing was taken, and `Unsure` when the
        answer was lost: the vendor may have taken it, and it is never sent again by itself.
        """
        return uploads.upload(self._session, wanted)

    def upload_status(self, number: int) -> UploadStatus:
        """Where an upload is. Raises `NotFound`, and `UnexpectedAnswer` when the vendor does not say."""
        return uploads.status(self._session, number)

    def message_details(self, message_id: int) -> MessageDetails:
        """One message's subject, sender and last sending. Raises `NotFound`."""
        return sending.details(self._session, message_id)

    def send_to_groups(self, send: GroupSend) -> int:
        """Send now; the vendor's number of the job.

        Raises `NotFound` or `Refused`, `Temporary` when surely nothing was sent, and `Unsure` when the answer was lost:
        it may have been sent, and it is never sent again by itself.
        """
        return sending.to_groups(self._session, send)

    def message_content(self, message_id: int) -> MessageContent:
        """One message with its HTML and its text, merge fields and all. Raises `NotFound`."""
        return sending.content(self._session, message_id)

    def recipients_with(self, field: str, value: str) -> list[RecipientNow]:
        """The recipients with this value in `Email`, `CustomID` or `ID`; nobody for an empty value."""
        return recipients.by_field(self._session, field, value)

    def add_recipient(self, fields: Mapping[str, str]) -> int:
        """A new recipient's number, or that of the one who is there already. Raises `Refused` and `Unsure`."""
        return recipients.add(self._session, fields)

    def update_recipient(self, recipient: RecipientNow, fields: Mapping[str, str]) -> int:
        """Change these fields of a recipient and no others. Raises `Refused` and `Unsure`."""
        return recipients.update(self._session, recipient, fields)

    def send_to_individual(self, send: IndividualSend) -> None:
        """Send to one recipient by e-mail, now, whether or not they unsubscribed: look at consent before.

        Raises `Refused`, `Temporary` when surely nothing was sent, and `Unsure` when the answer was lost: it may have
        been sent, and it is never sent again by itself.
        """
        individuals.to_individual(self._session, send)

    def close(self) -> None:
        """Give the connections back."""
        self._transport.close()


def _from_to(period: Period) -> dict[str, Any]:
    return {"FromDate": period.first.isoformat(), "ToDate": period.last.isoformat()}


def _start_end(period: Period) -> dict[str, Any]:
    return {"StartDate": period.first.isoformat(), "EndDate": period.last.isoformat()}


def _tracking_body(message_id: int, report: str, period: Period, page: int, size: int) -> dict[str, Any]:
    return {
        "MessageID": message_id,
        "ReportType": report,
        "Page": page,
        "RecordsPerPage": size,
        **_from_to(period),
    }
