"""What the axe rules find wrong with a page as it stands, in a line for each finding."""

from functools import cache
from importlib.resources import files

from playwright.sync_api import Frame

_RUN = """() => axe.run(document, {resultTypes: ["violations"]}).then(found => found.violations.flatMap(
    rule => rule.nodes.map(node => `${rule.id}: ${node.html.slice(0, 200)} (${node.failureSummary})`)))"""


@cache
def _script() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")


def findings(frame: Frame) -> list[str]:
    """Everything that breaks a rule; nothing on a clean page."""
    if not frame.evaluate("() => 'axe' in window"):
        frame.evaluate(_script())
    found: list[str] = frame.evaluate(_RUN)
    return found
