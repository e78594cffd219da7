"""Sends one plain-text mail by SMTP and tells in words what the server said. It knows no notice and no store."""

import smtplib
import ssl
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from connector import clock
from connector.errors import Misconfigured, Refused
from connector.settings import Settings

SECONDS = 10.0
"""Longest wait for any one answer of the server."""

TLS = ("starttls", "ssl", "none")
OPERATOR = "The operator of this connector sets SMTP_HOST and SMTP_SENDER, and SMTP_USER and SMTP_PASSWORD if needed."


@dataclass(frozen=True)
class Mail:
    """One mail. `number` stays the same when it is sent again, so that a mailbox can tell."""

    to: str = field(repr=False)
    subject: str
    text: str = field(repr=False)
    number: str


def configured(settings: Settings) -> bool:
    """Whether there is a server and a sender."""
    return bool(settings.smtp_host and settings.smtp_sender)


def send(settings: Settings, mail: Mail) -> str:
    """Hand it to the server; answers its words. Raises `Misconfigured` or `Refused` with the reason in words."""
    if not configured(settings):
        raise Misconfigured("This connector has no mail server.", advice=OPERATOR)
    if settings.smtp_tls not in TLS:
        raise Misconfigured("SMTP_TLS must be starttls, ssl or none.", advice=OPERATOR)
    message = _message(settings, mail)
    try:
        _hand_over(settings, message)
    except (OSError, smtplib.SMTPException) as error:
        raise Refused(_why(error)) from None
    return "The mail server took it."


def _why(error: OSError | smtplib.SMTPException) -> str:
    """What the mail server said no with, in words."""
    match error:
        case smtplib.SMTPAuthenticationError():
            return f"The mail server refused our login: {_said(error.smtp_code, error.smtp_error)}"
        case smtplib.SMTPRecipientsRefused():
            code, words = next(iter(error.recipients.values()))
            return f"The mail server refused the address: {_said(code, words)}"
        case smtplib.SMTPResponseException():
            return f"The mail server refused the mail: {_said(error.smtp_code, error.smtp_error)}"
        case smtplib.SMTPNotSupportedError():
            return f"The mail server lacks what SMTP_TLS or SMTP_USER asks for: {error}"
        case ssl.SSLError():
            return f"There is no safe connection to the mail server: {error.reason or 'TLS failed'}."
        case _:
            return f"The mail server did not answer ({type(error).__name__})."


def _message(settings: Settings, mail: Mail) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    try:
        message["From"] = Address("Real Magnet for Salesforce", addr_spec=settings.smtp_sender)
        message["To"] = Address(addr_spec=mail.to)
        message["Subject"] = mail.subject
        domain = settings.smtp_sender.partition("@")[2]
        message["Message-ID"] = f"<notice-{mail.number}@{domain}>"
    except (
        ValueError,
        IndexError,
        MessageError,
    ):  # the standard library's word for a line break or a second address in a header
        raise Misconfigured("The sender, the address or the subject is not fit for a mail.") from None
    message["Date"] = format_datetime(clock.now())
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    return message


def _hand_over(settings: Settings, message: EmailMessage) -> None:
    context = ssl.create_default_context()
    if settings.smtp_tls == "ssl":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            settings.smtp_host, settings.smtp_port, timeout=SECONDS, context=context
        )
    else:
        server = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=SECONDS)
    with server:
        if settings.smtp_tls == "starttls":
            server.starttls(context=context)
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password)
        server.send_message(message)


def _said(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {' '.join(text.split())}"[:200]
