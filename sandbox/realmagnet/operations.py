"""The catalogue: each operation's name and the function that answers it."""

from functools import partial

from sandbox.realmagnet import messages, tracking
from sandbox.realmagnet.call import Operation

OPERATIONS: dict[str, Operation] = {
    "CreateMessage": messages.create_message,
    "EditMessage": messages.edit_message,
    "ExecuteReport": tracking.execute_report,
    "GetDetailedTracking": tracking.get_detailed_tracking,
    "GetGroupCategories": partial(messages.get_categories, of_messages=False),
    "GetMessageCategory": partial(messages.get_categories, of_messages=True),
    "GetMessageDetails": messages.get_message_details,
    "GetMessageLinkTracking": tracking.get_message_link_tracking,
    "GetMessageList": messages.get_message_list,
}
