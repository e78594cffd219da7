"""The catalogue: each operation's name and the function that answers it."""

from functools import partial

from sandbox.realmagnet import (
    consents,
    groups,
    history,
    messages,
    recipients,
    reports,
    sending,
    tracking,
    uploads,
)
from sandbox.realmagnet.call import Operation

OPERATIONS: dict[str, Operation] = {
    "AddGroup": groups.add_group,
    "AddRecipient": recipients.add_recipient,
    "CreateMessage": messages.create_message,
    "EditMessage": messages.edit_message,
    "EditRecipient": recipients.edit_recipient,
    "EditRecipientGroups": groups.edit_recipient_groups,
    "ExecuteReport": tracking.execute_report,
    "GetDetailedTracking": tracking.get_detailed_tracking,
    "GetGroupCategories": partial(messages.get_categories, of_messages=False),
    "GetGroupDetails": groups.get_group_details,
    "GetGroupRecipients": groups.get_group_recipients,
    "GetGroups": groups.get_groups,
    "GetGroupsEx": groups.get_groups_ex,
    "GetMessageCategory": partial(messages.get_categories, of_messages=True),
    "GetMessageDetails": messages.get_message_details,
    "GetMessageLinkTracking": tracking.get_message_link_tracking,
    "GetMessageList": messages.get_message_list,
    "GetRecipientFields": recipients.get_recipient_fields,
    "GetRecipientGroups": groups.get_recipient_groups,
    "GetRecipientHistory": history.get_recipient_history,
    "GetReportMetaData": reports.get_report_metadata,
    "GetReports": reports.get_reports,
    "GetSubscribers": consents.get_subscribers,
    "GetSuppressedRecipients": consents.get_suppressed_recipients,
    "GetUnsubscribes": consents.get_unsubscribes,
    "GetUploadStatus": uploads.get_upload_status,
    "SearchRecipient": recipients.search_recipient,
    "SendEmailToGroup": sending.send_email_to_group,
    "SendEmailToGroupWithProfile": sending.send_email_to_group,
    "SendEmailToIndividual": sending.send_email_to_individual,
    "SubscribeRecipient": consents.subscribe_recipient,
    "UnsubscribeRecipient": consents.unsubscribe_recipient,
    "UploadRecipients": uploads.upload_recipients,
    "UpsertRecipient": recipients.upsert_recipient,
}
