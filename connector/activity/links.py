"""Clicks: report 2 names the URLs of a message and how often each was clicked; each URL's dated clicks are read apart.

A click names its recipient by a bare id; who that is, the ledger's recipients tell.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from sqlalchemy import text

from connector.activity.haul import Haul
from connector.activity.night import Night
from connector.activity.reading import ATTEMPTS, FactRow
from connector.model.activity import ActivityGroup, fact_key
from connector.model.tracking import Click, Period, kept_url
from connector.store import links as kept_links
from connector.store.database import chunks

ACTIVITY = "Clicked"
KNOWN_AT_ONCE = 500


def read_clicks(night: Night, haul: Haul, period: Period, expected: int) -> int:
    """Read the clicks of every URL whose number moved; answers how many clicks the vendor knows of in all.

    Nothing where there should be something is asked for once more, freshly logged in: a session that has ended may
    answer with an empty list.
    """
    message_id = haul.message_id
    urls = night.realmagnet.clicked_urls(message_id)
    if not urls and expected:
        night.realmagnet.login()
        urls = night.realmagnet.clicked_urls(message_id)
    moved = _moved(night, message_id, dict(urls))
    with night.write() as connection:
        links = {url: kept_links.link_id(connection, night.org_id, message_id, kept_url(url)) for url in moved}
    clickers = set[int]()
    for url, link in links.items():
        clicks = _read_until_still(night, message_id, url, period)
        haul.add_facts(_facts(night.realmagnet.account, message_id, (url, link), clicks))
        clickers.update(click.recipient_id for click in clicks)
        for click in clicks[:1]:
            haul.name_link(link, click.label, click.text)
    haul.keep_recipients(night, _unknown(night, clickers))
    return sum(clicks for _url, clicks in urls)


def _moved(night: Night, message_id: int, told: dict[str, int]) -> list[str]:
    """The URLs of which the ledger holds another number of clicks than the vendor tells."""
    statement = text("""
        SELECT links.url, count(*) FROM facts JOIN links ON links.id = facts.link_id
        WHERE facts.org_id = :org AND facts.message_id = :message AND facts.activity_group = :clicked
        GROUP BY links.url
    """)
    values = {"org": night.org_id, "message": message_id, "clicked": ActivityGroup.CLICKED}
    with night.database.read() as connection:
        held = {str(url): int(count) for url, count in connection.execute(statement, values)}
    return [url for url, clicks in told.items() if held.get(kept_url(url), 0) != clicks]


def _read_until_still(night: Night, message_id: int, url: str, period: Period) -> list[Click]:
    """The clicks of one URL. The report names no total and puts new clicks first, so one that needs several pages is
    read until two readings agree; one page is always whole."""
    earlier: list[Click] = []
    for attempt in range(ATTEMPTS):
        pages = list(night.realmagnet.clicks(message_id, url, period))
        clicks = [click for page in pages for click in page]
        if not clicks and not attempt:
            night.realmagnet.login()
            continue
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
        yield (key, message_id, recipient, str(ActivityGroup.CLICKED), ACTIVITY, at, link_id, "")


def _unknown(night: Night, ids: set[int]) -> Iterator[tuple[int, str, str]]:
    """Clickers whom no report of sends has named, by asking the account; there are hardly ever any."""
    known: set[int] = set()
    with night.database.read() as connection:
        for chunk in chunks([(number,) for number in sorted(ids)], KNOWN_AT_ONCE):
            numbers = ", ".join(str(int(number)) for (number,) in chunk)
            statement = f"SELECT id FROM recipients WHERE org_id = {night.org_id} AND id IN ({numbers})"  # noqa: S608  # ints
            known.update(row[0] for row in connection.exec_driver_sql(statement))
    for missing in sorted(ids - known):
        found = night.realmagnet.recipient(missing)
        yield (missing, found.email, found.custom_id) if found else (missing, "", "")
