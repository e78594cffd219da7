"""The first three steps in words: what Real Magnet reported, who the recipient is, and what the rules decided."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from connector import clock
from connector.model.activity import NOT_SELECTED, Mode
from connector.model.why import Case, Fact, Line, Person, Recipient, Result, Way

EVERYBODY = "all"
MANAGE_DATA = Way("Manage Data", "/manage-data")
HOME = Way("Home", "/home")
BACKFILL = Way("Back-fill", "/backfill")


def received(case: Case) -> list[Line]:
    """What Real Magnet reports of this message for this recipient; if nothing, why that may be."""
    if not case.facts:
        return [_nothing(case)]
    lines: list[Line] = []
    counted = Counter((fact.group, fact.activity) for fact in case.facts)
    for (group, activity), count in sorted(counted.items()):
        of = [fact for fact in case.facts if (fact.group, fact.activity) == (group, activity)]
        text = (
            f"{named(group, activity)}: {count:,} {'time, ' if count == 1 else 'times, last '}reported by Real Magnet"
        )
        last = max(fact.occurred_at for fact in of)
        lines.append(Line(Result.DONE, text, f"{group}/{activity} {count}", last or None, max(one.run for one in of)))
    if case.more:
        lines.append(Line(Result.DONE, "There is more; only the newest activity is looked at here.", "more"))
    return lines


def _nothing(case: Case) -> Line:
    message = case.message
    if not case.message_known:
        change = "A message is read as long as it was sent in the days that are looked back; a back-fill goes further."
        text = (
            f"This message has never been read: it was not sent in the last {case.rules.look_back_days} days, "
            "or no night has been since."
        )
        return Line(Result.STOPPED, text, "message unknown", change=change, ways=(BACKFILL,))
    if not case.recipients and case.person is not None:
        text = "Nobody in Real Magnet has this person's Salesforce id or address, as far as messages were read."
        change = "Upload the person to a group, and send the group a message."
        return Line(Result.STOPPED, text, "no recipient", change=change, ways=(Way("Upload Jobs", "/upload-jobs"),))
    if message.read_run is None and message.asked_on is None:
        text = "Reading of this message did not finish yet."
        return Line(Result.WAITS, text, "not read", run=message.seen_run, change=_next(case), ways=(HOME,))
    if _too_old(case):
        text = (
            f"Real Magnet reported nothing of it, and it was sent more than {case.rules.look_back_days} days ago: "
            "it is read no more."
        )
        return Line(
            Result.STOPPED, text, "outside", message.last_sent, change="A back-fill reads it.", ways=(BACKFILL,)
        )
    groups = ", ".join(str(number) for number in message.groups)
    sent_to = f" It was sent to {'group' if len(message.groups) == 1 else 'groups'} {groups}." if groups else ""
    text = (
        "Real Magnet reports nothing of this message for this recipient: it was not sent to them, or was sent after "
        f"it was read last.{sent_to}"
    )
    change = f"If it should have been sent, put the person into a group before sending. {_next(case)}"
    ways = (Way("Upload Jobs", "/upload-jobs"), HOME)
    return Line(Result.STOPPED, text, "not reported", case.last_night, message.read_run, change, ways)


def _too_old(case: Case) -> bool:
    sent = case.message.last_sent
    since = clock.milliseconds(clock.now() - timedelta(days=case.rules.look_back_days))
    return sent is not None and sent < since


def _next(case: Case) -> str:
    if case.underway is not None:
        return f"Run {case.underway} is under way and may bring it."
    return "The next night looks again." if case.next_night else "No night is planned: Sync now on Home looks again."


def matched(case: Case) -> list[Line]:
    """Who each recipient is."""
    return [_matched(case, one) for one in case.recipients] or [_no_recipient(case)]


def _no_recipient(case: Case) -> Line:
    who = case.person
    if who is not None and who.survivor_id is None:
        return Line(Result.STOPPED, f"This {who.kind} was deleted in Salesforce.", "deleted", change=_UNDELETE)
    return Line(Result.NOTHING, "Nobody in Real Magnet is known who could be this person.", "no recipient")


_UNDELETE = "Taking it out of Salesforce's recycle bin; the next night then finds it."


def _matched(case: Case, one: Recipient) -> Line:
    who = f"Recipient {one.id}{f' ({one.email})' if one.email else ''}"
    if not one.matches:
        return _unmatched(case, one, who)
    names = ", ".join(_who(match.person) for match in one.matches)
    ways = tuple(Way(match.person.name or match.person.id, f"/people/{match.person.id}") for match in one.matches)
    first = one.matches[0]
    answer = f"{first.how} " + " ".join(match.person.id for match in one.matches)
    if first.how == "id":
        text = f"{who} is {names}: its Custom Member ID is the Salesforce id{_merged(one)}."
        change = "" if case.rules.same_address != EVERYBODY else _several(case, one)
    else:
        text = f"{who} is {names}, by the address{_no_id(one)}."
        change = _several(case, one)
    wanted = {case.person.id, case.person.survivor_id} if case.person else set[str | None]()
    if wanted and not wanted & {match.person.id for match in one.matches}:
        return Line(
            Result.STOPPED, f"{text} So it is not the person asked for.", answer, change=change or _BY_ID, ways=ways
        )
    return Line(Result.DONE, text, answer, change=change, ways=ways)


_BY_ID = "Real Magnet's Custom Member ID decides: an upload from Salesforce sets it."


def _several(case: Case, one: Recipient) -> str:
    if len(one.by_address) <= 1:
        return ""
    if case.rules.same_address == EVERYBODY:
        return f"{len(one.by_address)} people have this address; Manage Data says that each gets the activity."
    return (
        f"{len(one.by_address)} people have this address; Manage Data says that one gets the activity: a Contact "
        f"before a Lead, then the oldest. {_BY_ID}"
    )


def _merged(one: Recipient) -> str:
    if one.by_id is None or one.by_id.survivor_id in {None, one.by_id.id}:
        return ""
    return f" of {one.by_id.kind} {one.by_id.id}, which was merged or converted into this one"


def _no_id(one: Recipient) -> str:
    if not one.custom_id:
        return "; it has no Custom Member ID"
    if one.by_id is not None and one.by_id.survivor_id is None:
        return f"; the {one.by_id.kind} of its Custom Member ID was deleted"
    return "; its Custom Member ID is no Contact or Lead"


def _unmatched(case: Case, one: Recipient, who: str) -> Line:
    if one.by_id is not None and one.by_id.survivor_id is None:
        text = f"{who} was {_who(one.by_id)}, who was deleted in Salesforce, and nobody else has the address."
        return Line(Result.STOPPED, text, "deleted", change=_UNDELETE)
    if one.by_id is not None or one.by_address:
        text = f"{who} fits somebody in Salesforce who was not looked at yet."
        return Line(Result.WAITS, text, "not matched yet", change=_next(case), ways=(HOME,))
    has = "Custom Member ID or address" if one.custom_id else "address"
    text = f"{who} is nobody in Salesforce: no Contact or Lead has its {has}."
    change = "A Contact or Lead with this address; the next night then finds it."
    return Line(Result.STOPPED, text, "nobody", change=change)


def _who(one: Person) -> str:
    return f"{one.kind or 'the record'} {one.name or one.id}"


def decided(case: Case) -> list[Line]:
    """What the org's rules made of each kind of activity."""
    found: dict[tuple[str, str, str], list[Fact]] = {}
    for fact in case.facts:
        found.setdefault((fact.group, fact.decision or "", fact.reason), []).append(fact)
    return [_decided(case, facts) for _, facts in sorted(found.items())] or [
        Line(Result.NOTHING, "There is nothing to decide about.", "nothing")
    ]


def _decided(case: Case, facts: Sequence[Fact]) -> Line:
    fact = facts[0]
    group, count = fact.group, len(facts)
    selected, mode = case.rules.kinds.get(group, (False, Mode.HISTORY))
    kind = f"{group} ({count:,})" if count > 1 else group
    run = max(one.run for one in facts)
    filled = "Filling the kind in on Manage Data decides anew."
    if fact.decision is None:
        return Line(Result.WAITS, f"{kind}: waits for the next run to decide.", f"{group} waits", change=_next(case))
    if fact.decision == "placed":
        return Line(
            Result.DONE, f"{kind}: belongs in Salesforce; Manage Data keeps it as {mode}.", f"{group} placed", run=run
        )
    if fact.decision == "live":
        change = filled if selected and mode != Mode.LIVE else "Another choice than Live for this kind."
        text = f"{kind}: shown here and not kept in Salesforce, as Manage Data says (Live)."
        return Line(Result.STOPPED, text, f"{group} live", run=run, change=change, ways=(MANAGE_DATA,))
    if fact.decision == "unmatched":
        text = f"{kind}: kept here until the recipient is a person in Salesforce ({fact.reason or 'nobody yet'})."
        ways = (Way("Without a person", f"/runs/{run}"),)
        return Line(Result.STOPPED, text, f"{group} unmatched", run=run, change="See Matched.", ways=ways)
    if fact.reason == NOT_SELECTED:
        change = filled if selected else "Choosing this kind, and filling it in."
        text = f"{kind}: this kind was switched off in Manage Data{' and is on since' if selected else ''}."
        return Line(Result.STOPPED, text, f"{group} off", run=run, change=change, ways=(MANAGE_DATA,))
    return _kept_out(case, facts, kind)


def _kept_out(case: Case, facts: Sequence[Fact], kind: str) -> Line:
    fact = facts[0]
    rows = [row.deletion for row in case.rows if row.deletion is not None]
    deletion = case.buried.get(fact.key) or (rows[0] if rows else None)
    if deletion is None:
        return Line(
            Result.STOPPED, f"{kind}: {fact.reason or 'waits for a person'}.", f"{fact.group} kept out", run=fact.run
        )
    by = f" by {deletion.maker}" if deletion.maker else ""
    text = f"{kind}: deleted from Salesforce{by}, and kept out since."
    way = Way(f"Deletion {deletion.id}", f"/deletions/{deletion.id}")
    answer = f"{fact.group} deletion {deletion.id}"
    return Line(Result.STOPPED, text, answer, deletion.made_at, fact.run, "Restoring this deletion.", (way,))


def named(group: str, activity: str) -> str:
    """An activity with its group, where that says more."""
    return activity if activity == group else f"{group}: {activity}"
