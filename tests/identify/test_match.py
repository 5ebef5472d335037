from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from auditor.identify.match import longest

LABELS = st.sampled_from(["a", "b", "x", "com", "co", "uk", "net", "-", ""])
SUFFIXES = st.lists(st.sampled_from(["a", "b", "x", "com", "co", "uk", "net"]), min_size=1, max_size=4).map(
    ".".join
)
HOSTS = st.lists(LABELS, max_size=6).map(".".join) | st.text("aAbBxX.com", max_size=12)


def slow(rules: dict[str, int], host: str) -> int | None:
    """The same by comparing every rule with the end of the host, label by label."""
    name = host.lower()
    labels = (name[:-1] if name.endswith(".") else name).split(".")
    fitting = [rule for rule in rules if labels[-len(rule.split(".")) :] == rule.split(".")]
    return rules[max(fitting, key=len)] if fitting else None


@given(st.dictionaries(SUFFIXES, st.integers(), max_size=6), HOSTS)
@example({"x.com": 1}, "netflix.com")
@example({"x.com": 1, "a.x.com": 2}, "b.a.X.com.")
@example({"com": 1}, "com..")
def test_equals_a_slow_second_opinion(rules: dict[str, int], host: str) -> None:
    assert longest(rules, host) == slow(rules, host)


def test_the_longest_rule_wins() -> None:
    rules = {"twimg.com": "content", "cdn.syndication.twimg.com": "embed"}
    assert longest(rules, "pbs.twimg.com") == "content"
    assert longest(rules, "syndication.twimg.com") == "content"
    assert longest(rules, "cdn.syndication.twimg.com") == "embed"
    assert longest(rules, "a.cdn.syndication.twimg.com") == "embed"


def test_addresses_and_oddities_match_nothing() -> None:
    rules = {"x.com": 1, "t.co": 2}
    for host in (
        "",
        ".",
        "..",
        "com",
        "192.0.2.1",
        "2001:db8::1",
        "[2001:db8::1]",
        "x.com:443",
        "x.com/",
        "x..com",
    ):
        assert longest(rules, host) is None


def test_what_is_too_long_to_be_a_name_matches_nothing() -> None:
    assert longest({"x.com": 1}, "a." * 124 + "x.com") == 1  # 253 characters
    assert longest({"x.com": 1}, "a." * 125 + "x.com") is None
    assert longest({"x.com": 1}, "a." * 1_000_000 + "x.com") is None
