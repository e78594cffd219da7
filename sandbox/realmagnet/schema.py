"""The tables of the account, every instant in milliseconds since 1970 UTC; knows nothing of HTTP."""

TABLES = """
CREATE TABLE state (name TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID;
CREATE TABLE login (id INTEGER PRIMARY KEY, username TEXT UNIQUE, password TEXT, user_id TEXT);
CREATE TABLE session (id TEXT PRIMARY KEY, login_id INTEGER, last_used_wall INTEGER) WITHOUT ROWID;
CREATE TABLE category (id INTEGER PRIMARY KEY, of_messages INTEGER, name TEXT, created INTEGER);
CREATE TABLE list_group (
    id INTEGER PRIMARY KEY, name TEXT, shown INTEGER, on_subscription_page INTEGER, category_id INTEGER,
    created INTEGER, updated INTEGER, updated_by INTEGER
);
CREATE TABLE recipient (
    id INTEGER PRIMARY KEY, email_key TEXT, custom_id TEXT, sms TEXT NOT NULL DEFAULT '',
    document BLOB NOT NULL, has_fax INTEGER NOT NULL, unsubscribed_at INTEGER, suppressed_at INTEGER
);
CREATE INDEX recipient_custom ON recipient (custom_id);
CREATE TABLE membership (group_id INTEGER, recipient_id INTEGER, PRIMARY KEY (group_id, recipient_id)) WITHOUT ROWID;
CREATE INDEX membership_recipient ON membership (recipient_id);
CREATE TABLE group_unsubscribe (
    group_id INTEGER, recipient_id INTEGER, at INTEGER, PRIMARY KEY (group_id, recipient_id)
) WITHOUT ROWID;
CREATE TABLE subscription (id INTEGER PRIMARY KEY, at INTEGER, recipient_id INTEGER, group_ids TEXT);
CREATE INDEX subscription_at ON subscription (at);
CREATE TABLE suppression (id INTEGER PRIMARY KEY, at INTEGER, recipient_id INTEGER, type INTEGER);
CREATE INDEX suppression_at ON suppression (at);
CREATE TABLE message (
    id INTEGER PRIMARY KEY, name TEXT, subject TEXT, html TEXT, text TEXT, category_id INTEGER, template_id INTEGER,
    login_id INTEGER, sender TEXT, created INTEGER
);
CREATE TABLE dispatch (
    id INTEGER PRIMARY KEY, message_id INTEGER, at INTEGER, fax INTEGER, group_ids TEXT
);
CREATE INDEX dispatch_message ON dispatch (message_id, at);
CREATE TABLE link (id INTEGER PRIMARY KEY, message_id INTEGER, url TEXT, label TEXT, text TEXT);
CREATE INDEX link_message ON link (message_id, url);
CREATE TABLE event (
    message_id INTEGER, kind INTEGER, at INTEGER, seq INTEGER, recipient_id INTEGER, status INTEGER,
    result_at INTEGER, link_id INTEGER, PRIMARY KEY (message_id, kind, at, seq)
) WITHOUT ROWID;
CREATE TABLE upload (
    id INTEGER PRIMARY KEY, group_id INTEGER, login_id INTEGER, at INTEGER, due_at INTEGER, due_wall INTEGER,
    request BLOB, done_at INTEGER, total INTEGER, good INTEGER, added INTEGER, updated INTEGER
);
"""

BY_EMAIL = "CREATE UNIQUE INDEX recipient_email ON recipient (email_key);"
BY_CUSTOM_ID = """
CREATE INDEX recipient_email ON recipient (email_key);
CREATE UNIQUE INDEX recipient_identifier ON recipient (lower(custom_id));
"""

# What an account made by an earlier version lacks; made whenever one is served.
LATER = """
CREATE TABLE IF NOT EXISTS enhanced_value (
    recipient_id INTEGER, name TEXT, value TEXT, PRIMARY KEY (recipient_id, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS received (
    id INTEGER PRIMARY KEY, recipient_id INTEGER, message_id INTEGER, at INTEGER, fax INTEGER, address TEXT,
    sender TEXT, subject TEXT, html TEXT, text TEXT
);
CREATE INDEX IF NOT EXISTS received_recipient ON received (recipient_id);
CREATE INDEX IF NOT EXISTS recipient_suppressed ON recipient (suppressed_at) WHERE suppressed_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS recipient_left ON recipient (unsubscribed_at) WHERE unsubscribed_at IS NOT NULL;
"""

# Made after a seed is loaded: building them once is much cheaper than keeping them while millions of rows arrive.
EVENT_INDEXES = """
CREATE INDEX event_link ON event (message_id, link_id, at, seq) WHERE kind = 5;
CREATE INDEX event_recipient ON event (recipient_id, kind);
CREATE INDEX event_unsubscribed ON event (at, seq) WHERE kind = 6;
"""
EVENT_COLUMNS = "message_id, kind, at, seq, recipient_id, status, result_at, link_id"
