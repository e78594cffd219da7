"""The figures of messages as the screens list them: read from `figures`, never from the facts. It changes nothing."""

from connector.model.figures import RULES, Rule


def _pivoted(name: str, rule: Rule) -> str:
    plus, minus = (", ".join(f"'{activity}'" for activity in part) for part in (rule.plus, rule.minus))
    less = f" WHEN f.activity IN ({minus}) THEN -f.{rule.of}" if minus else ""
    return (
        f"coalesce(sum(CASE WHEN f.activity_group <> '{rule.group}' THEN 0 "
        f"WHEN f.activity IN ({plus}) THEN f.{rule.of}{less} ELSE 0 END), 0) AS {name}"
    )


PIVOT = ", ".join(_pivoted(name, rule) for name, rule in RULES.items())
"""Every figure by its name from rows of `figures` called f, grouped by message."""
