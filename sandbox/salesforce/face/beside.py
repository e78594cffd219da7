"""Where an admin put the application beside a record's details, and in how wide a column; it knows no page."""

from sandbox.salesforce.face.layouts import LAYOUTS, TABS
from sandbox.salesforce.face.looking import org

_BESIDE, _NARROW = "framed_beside", "framed_narrow"


def beside() -> frozenset[str]:
    """The objects whose record pages have the application on them."""
    usual = " ".join(name for name in TABS if LAYOUTS[name].framed)
    return frozenset(org().setting(_BESIDE, usual).split())


def is_narrow() -> bool:
    """Whether it stands there in a column of 320 pixels."""
    return org().setting(_NARROW, "0") == "1"


def place_beside(names: list[str], *, narrow: bool) -> None:
    """Raises KeyError for an object without pages."""
    for name in names:
        if name not in TABS:
            raise KeyError(name)
    org().set_setting(_BESIDE, " ".join(names))
    org().set_setting(_NARROW, "1" if narrow else "0")
