"""What the product sends to groups; it keeps nothing."""

from connector.model.groups import GroupSend, MessageDetails
from connector.model.single_sends import MessageContent
from connector.realmagnet import translate_sends
from connector.realmagnet.session import Session


def details(session: Session, message_id: int) -> MessageDetails:
    """One message. Raises `NotFound`."""
    return session.ask("GetMessageDetails", {"MessageID": message_id}, translate_sends.details)


def content(session: Session, message_id: int) -> MessageContent:
    """One message with its texts. Raises `NotFound`."""
    return session.ask("GetMessageDetails", {"MessageID": message_id}, translate_sends.content)


def to_groups(session: Session, send: GroupSend) -> int:
    """The vendor's number of the job. Raises `NotFound`, `Refused`, and `Unsure`: it may have been sent.

    The message is read first: that proves the session, so that nothing but a refusal needs asking again, and tells
    whether this is one more sending of it.
    """
    message = details(session, send.message_id)
    body = {
        "FaxResolution": "Standard" if send.fax else "",
        "GroupIDs": list(send.group_ids),
        "IncludeRecipientsThatAlreadyReceivedTheMessage": send.again,
        "LinkTrackingOptions": {"EnableHTMLVersion": True, "EnableMessageOpens": True, "EnableTextVersion": True},
        "LoginID": session.login.login_id,
        "MessageFromAddress": send.sender,
        "MessageID": send.message_id,
        "MessageSubject": send.subject,
        "ReplyToEmailAddress": "",
        "Resend": message.last_sent is not None,
        "ScheduledTime": "",
        "SendMessageDespiteBadFromAddress": False,
        "SendType": "faxonly" if send.fax else "emailonly",
        "SenderProfileName": "",
        "UseHTMLWebVersionLink": True,
        "UseTextWebVersionLink": True,
    }
    return session.change("SendEmailToGroupWithProfile", body, translate_sends.job)
