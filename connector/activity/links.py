"""Clicks: report 2 names the URLs of a message and how often each was clicked; each URL's dated clicks are read apart.

A click names its recipient by a bare id; who that is, the ledger's recipients tell.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from sqlalchemy import text

from connector.activity.night import Night
from connector.activity.reading import ATTEMPTS, FactRow
from connector.model.activity import ActivityGroup, fact_key
from connector.model.people import address, id18
from connector.model.tracking import Click, Period
from connector.store import ledger
from connector.store.database import chunks

ACTIVITY = "Clicked"


def read_clicks(night: Night, message_id: int, period: Period) -> int:
    """Read the clicks of every URL whose number moved; answers how many clicks the vendor knows of in all."""
    urls = night.realmagnet.clicked_urls(message_id)
    known = _held_by_url(night, message_id)
    for url, clicks in urls:
        if known.get(url, 0) != clicks:
            _read_url(night, message_id, url, period)
    return sum(clicks for _url, clicks in urls)


def _held_by_url(night: Night, message_id: int) -> dict[str, int]:
    statement = text("""
        SELECT links.url, count(*) FROM facts JOIN links ON links.id = facts.link_id
        WHERE facts.org_id = :org AND facts.message_id = :message AND facts.activity_group = :clicked
        GROUP BY links.url
    """)
    values = {"org": night.org_id, "message": message_id, "clicked": ActivityGroup.CLICKED}
    with night.database.read() as connection:
        return {str(url): int(count) for url, count in connection.execute(statement, values)}


def _read_url(night: Night, message_id: int, url: str, period: Period) -> None:
    clicks = _read_until_still(night, message_id, url, period)
    if not clicks:
        return
    _know_recipients(night, {click.recipient_id for click in clicks})
    with night.write() as connection:
        link = ledger.link_id(connection, night.org_id, message_id, url)
        ledger.name_link(connection, link, clicks[0].label, clicks[0].text)
    for chunk in chunks(_facts(night.realmagnet.account, message_id, (url, link), clicks)):
        with night.write() as connection:
            ledger.upsert_facts(connection, night.org_id, night.run_id, chunk)


def _read_until_still(night: Night, message_id: int, url: str, period: Period) -> list[Click]:
    """The clicks of one URL. The report names no total and puts new clicks first, so one that needs several pages is
    read until two readings agree; one page is always whole."""
    earlier: list[Click] = []
    for _ in range(ATTEMPTS):
        pages = list(night.realmagnet.clicks(message_id, url, period))
        clicks = [click for page in pages for click in page]
        if len(pages) <= 1 or clicks == earlier:
            return clicks
        earlier = clicks
    return earlier


def _facts(account: str, message_id: int, link: tuple[str, int], clicks: Iterable[Click]) -> Iterator[FactRow]:
    url, link_id = link
    seen: dict[tuple[int, int], int] = defaultdict(int)
    for recipient, at, _label, _text in clicks:
        seen[recipient, at] += 1
        occurrence = f"{url}.{at}.{seen[recipient, at]}"
        key = fact_key(account, message_id, recipient, ActivityGroup.CLICKED, occurrence)
        yield (key, message_id, recipient, ActivityGroup.CLICKED, ACTIVITY, at, link_id, "")


def _know_recipients(night: Night, ids: set[int]) -> None:
    """Ask the account about clickers that no report of sends has named; there are hardly ever any."""
    with night.database.read() as connection:
        known: set[int] = set()
        for chunk in chunks([(number,) for number in sorted(ids)], 500):
            marks = ", ".join(str(int(number)) for (number,) in chunk)
            statement = text(f"SELECT id FROM recipients WHERE org_id = :org AND id IN ({marks})")  # noqa: S608  # ints
            known.update(connection.execute(statement, {"org": night.org_id}).scalars())
    for missing in sorted(ids - known):
        found = night.realmagnet.recipient(missing)
        row = (missing, address(found.email), id18(found.custom_id.strip())) if found else (missing, "", "")
        with night.write() as connection:
            ledger.upsert_recipients(connection, night.org_id, night.run_id, [row])
