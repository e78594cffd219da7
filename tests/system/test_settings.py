"""Every setting is documented, with its true default, and read in one place."""

import ast
import re
from dataclasses import fields

from connector.settings import Settings, from_env
from tests.system.tree import SHIPPED, parsed, read

NAMES = {field.name.upper() for field in fields(Settings)}
READERS = {"environ", "getenv", "environb", "putenv"}


def example() -> dict[str, str]:
    return dict(re.findall(r"^(\w+)=(.*)$", read(".env.example"), re.MULTILINE))


def test_every_setting_is_in_the_example():
    assert set(example()) == NAMES


def test_the_example_holds_the_defaults():
    assert from_env(example()) == Settings()


def test_every_setting_has_a_line_in_the_documentation_with_example_default_and_reason():
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.+) \| (.+) \| (.+) \|$", read("docs/configuration.md"), re.MULTILINE)
    assert {name for name, *_ in rows} == NAMES
    assert [name for name, _, _, why in rows if len(why) < 40] == []


def test_the_documented_defaults_are_true():
    rows = re.findall(r"^\| `([A-Z_]+)` \| .+ \| `(.+)` \| .+ \|$", read("docs/configuration.md"), re.MULTILINE)
    told = dict(rows)
    true = {
        field.name.upper(): f"{field.default:g}" if isinstance(field.default, float) else str(field.default)
        for field in fields(Settings)
    }
    assert told == {name: true[name] for name in told}
    without = {"SMTP_HOST", "SMTP_USER", "SMTP_PASSWORD", "SMTP_SENDER"}
    assert NAMES - set(told) - without == {"SECRET_KEYS", "METRICS_KEY", "SALESFORCE_HOSTS"}


def test_nothing_else_looks_at_the_environment():
    looking = {
        name
        for name, tree in parsed()
        if name.split("/")[0] in SHIPPED
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and node.attr in READERS)
        or (isinstance(node, ast.ImportFrom) and node.module == "os" and READERS & {alias.name for alias in node.names})
    }
    assert looking == {"connector/settings.py"}
