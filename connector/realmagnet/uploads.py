"""What the product has uploaded into a group and asks of the upload afterwards; it keeps nothing."""

from connector.model.groups import Upload, UploadStatus
from connector.realmagnet import translate_uploads
from connector.realmagnet.session import Session


def upload(session: Session, wanted: Upload) -> int:
    """The vendor's number of the upload it took, which is done later. Raises `Refused` and `Unsure`."""
    body = {
        "AddOrReplace": "Replace" if wanted.replace else "Add",
        "ContainsUnicode": True,
        "Data": wanted.data,
        "GroupId": wanted.group_id,
        "HasHeaderRow": False,
        "LoginId": session.login.login_id,
        "Mapping": [{"Key": place, "Value": name} for place, name in enumerate(wanted.columns, 1)],
        "UpdateExistingRecipients": wanted.update,
    }
    return session.change("UploadRecipients", body, translate_uploads.number)


def status(session: Session, number: int) -> UploadStatus:
    """Where an upload is. The request's spelling is assumed, so both are sent. Raises `NotFound`."""
    return session.ask("GetUploadStatus", {"JobID": number, "ID": number}, translate_uploads.status)
