"""What Salesforce's refusals of a login mean and who must do what, as a table; it asks nothing and raises nothing."""

from dataclasses import dataclass

ADMIN = "A Salesforce administrator"
AN_ADMIN = "a Salesforce administrator"
SETTINGS = "Someone with the right to Settings"
MANAGER = "Setup → External Client App Manager → Real Magnet"


@dataclass(frozen=True)
class Words:
    """What happened, and who does what."""

    message: str
    advice: str


CLOCK = Words(
    "This server's clock is {drift} Salesforce's, so Salesforce takes what we sign for expired or not valid yet.",
    "The operator of this connector sets the server's clock and has it follow a time server; then connect again.",
)
ASSERTION = Words(
    "Salesforce does not accept what was signed with this private key.",
    f"Enter the private key that belongs to the certificate of the app. {ADMIN} uploads that certificate: {MANAGER} → "
    "Settings → OAuth Settings → Enable JWT Bearer Flow.",
)
_NOT_INSTALLED = Words(
    "The app Real Magnet is not installed in this Salesforce organization.",
    f"{ADMIN} deploys the Real Magnet package there; after that, connect again.",
)
_NOT_ADMITTED = Words(
    "This Salesforce user is not admitted to the app Real Magnet.",
    f"{ADMIN} admits the user: {MANAGER} → Policies → OAuth Policies, with the user's profile or a permission set that "
    "the user has; after that, connect again.",
)
_NETWORK = Words(
    "Salesforce does not let this user log in from this server's network address.",
    f"{ADMIN} adds the server's address to Login IP Ranges of the user's profile, or relaxes IP restrictions: "
    f"{MANAGER} → Policies.",
)

TABLE: tuple[tuple[str, str, Words], ...] = (
    ("", "app must be installed", _NOT_INSTALLED),
    ("OAUTHAPPROVALERRORGENERIC", "", _NOT_INSTALLED),
    (
        "OAUTHAPPBLOCKED",
        "",
        Words(
            "An administrator has blocked the app Real Magnet in Salesforce.",
            f"{ADMIN} allows it again: Setup → Connected Apps OAuth Usage → Real Magnet → Unblock; then connect again.",
        ),
    ),
    ("INVALIDAPPACCESS", "", _NOT_ADMITTED),
    ("OAUTHAPPACCESSDENIED", "", _NOT_ADMITTED),
    (
        "",
        "hasn't approved",
        Words(
            "This Salesforce user has not approved the app Real Magnet, or there is no user of this name.",
            f"{ADMIN} checks the user name and pre-authorizes the user: {MANAGER} → Policies → Permitted Users, "
            "“Admin approved users are pre-authorized”, with the user's permission set. Or choose "
            "“Log in to Salesforce” and Allow.",
        ),
    ),
    (
        "",
        "audience validation",
        Words(
            "{host} does not take this login for itself.",
            "Enter the organization's own My Domain; Salesforce shows it in Setup → My Domain.",
        ),
    ),
    ("", "assertion", ASSERTION),
    (
        "",
        "authorization code",
        Words("Salesforce's login page stood open for too long.", "Connect again and log in within 15 minutes."),
    ),
    (
        "",
        "access/refresh token",
        Words(
            "Salesforce has ended the connector's access: somebody revoked it, or it expired.",
            f"{SETTINGS} logs in again: Connection → Connect Salesforce. If it happens again, {ADMIN[0].lower()}"
            f"{ADMIN[1:]} sets {MANAGER} → Policies → Refresh Token Policy to “valid until revoked”.",
        ),
    ),
    ("", "ip restricted", _NETWORK),
    ("LOGINDURINGRESTRICTEDDOMAIN", "", _NETWORK),
    (
        "LOGINDURINGRESTRICTEDTIME",
        "",
        Words(
            "Salesforce does not let this user log in at this hour.",
            f"{ADMIN} widens Login Hours in the user's profile: nights are when the connector works.",
        ),
    ),
    (
        "",
        "not supported on this domain",
        Words(
            "{host} is not the organization's own address, and client credentials work nowhere else.",
            "Enter the organization's own My Domain; Salesforce shows it in Setup → My Domain.",
        ),
    ),
    (
        "",
        "client credentials flow not enabled",
        Words(
            "The app in Salesforce does not allow client credentials.",
            f"{ADMIN} ticks Enable Client Credentials Flow: {MANAGER} → Settings and Policies; then connect again.",
        ),
    ),
    (
        "",
        "no client credentials user",
        Words(
            "The app in Salesforce does not say as which user client credentials work.",
            f"{ADMIN} enters that user in Run As: {MANAGER} → Policies; then connect again.",
        ),
    ),
    (
        "INVALIDCLIENTID",
        "",
        Words(
            "{host} knows no app with this consumer key.",
            f"Check My Domain, and copy the consumer key again from {MANAGER} → Settings → OAuth Settings. If the app "
            f"is not there, {AN_ADMIN} deploys the Real Magnet package.",
        ),
    ),
    (
        "INVALIDCLIENT",
        "",
        Words(
            "Salesforce does not accept the app's consumer secret.",
            f"{SETTINGS} enters it again; {AN_ADMIN} finds it in {MANAGER} → Settings → OAuth "
            "Settings → Consumer Key and Secret.",
        ),
    ),
    (
        "REDIRECTURIMISMATCH",
        "",
        Words(
            "The app in Salesforce has another callback address than this connector.",
            f"{ADMIN} deploys the Real Magnet package of this connector again, or corrects Callback URL in {MANAGER}.",
        ),
    ),
    (
        "INVALIDSCOPE",
        "",
        Words(
            "The app in Salesforce does not allow what the connector needs: api, openid and refresh_token.",
            f"{ADMIN} adds these scopes: {MANAGER} → Settings → OAuth Settings; then connect again.",
        ),
    ),
    (
        "INACTIVEUSER",
        "",
        Words(
            "This Salesforce user is inactive.",
            f"{ADMIN} activates the user in Setup → Users, or connect as another user.",
        ),
    ),
    (
        "INACTIVEORG",
        "",
        Words(
            "This Salesforce organization is closed or suspended.",
            f"{ADMIN} asks Salesforce to open it again.",
        ),
    ),
    (
        "ACCESSDENIED",
        "",
        Words(
            "Access was not allowed on Salesforce's page, so nothing was changed.",
            "Connect again and choose Allow.",
        ),
    ),
    (
        "LOGINMUSTUSESECURITYTOKEN",
        "",
        Words(
            "Salesforce asks this user for more than user name and password: multi-factor authentication or a "
            "security token.",
            "Choose “Log in to Salesforce”, where the second proof can be given; or enter the password "
            f"followed by the security token. {ADMIN} can connect a user who is exempt, for the API only.",
        ),
    ),
    (
        "PASSWORDLOCKOUT",
        "",
        Words(
            "This Salesforce user is locked out after too many wrong passwords.",
            f"{ADMIN} unlocks the user in Setup → Users; then enter the password again.",
        ),
    ),
    (
        "INVALIDLOGIN",
        "",
        Words(
            "User name, password or security token is wrong, or Salesforce has locked this user out.",
            "Enter all three again; a new password brings a new security token. If they are right, "
            f"{AN_ADMIN} unlocks the user in Setup → Users.",
        ),
    ),
    (
        "INVALIDOPERATION",
        "login()",
        Words(
            "SOAP login, which user name and password need, is switched off in this Salesforce organization.",
            f"Choose “Log in to Salesforce” instead. {ADMIN} could switch it on: Setup → User Interface → "
            "Enable SOAP API login(); Salesforce ends it in any case with Summer '27.",
        ),
    ),
    (
        "UNSUPPORTEDAPIVERSION",
        "",
        Words(
            "Salesforce no longer takes logins by user name, password and security token.",
            "Choose “Log in to Salesforce” instead.",
        ),
    ),
    (
        "APIDISABLEDFORORG",
        "",
        Words("The API is switched off for this organization or user.", f"{ADMIN} gives the user “API Enabled”."),
    ),
    (
        "APICURRENTLYDISABLED",
        "",
        Words("The API is switched off for this organization or user.", f"{ADMIN} gives the user “API Enabled”."),
    ),
)
"""Salesforce's code (plain, any if empty), what its words contain in lower case, ours. The first that fits holds."""
