from __future__ import annotations

import pytest

from auditor.identify.names import public_name, spelling_fault, suffixes


def test_suffixes_from_the_longest() -> None:
    assert list(suffixes("WWW.x.Com.")) == ["www.x.com", "x.com", "com"]
    assert list(suffixes("")) == []


@pytest.mark.parametrize(
    "host", ["x.com", "500px.com", "a-b.example", "xn--mnchen-3ya.de", "_dns.example.com", "9.gag"]
)
def test_well_spelled(host: str) -> None:
    assert spelling_fault(host) is None


@pytest.mark.parametrize(
    ("host", "fault"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("x.com y.com", "space"),
        (" x.com", "space"),
        ("https://x.com", "address of a page"),
        ("x.com/home", "address of a page"),
        ("x.com:443", "address of a page"),
        ("*.x.com", "wildcard"),
        (".x.com", "dot at the edge"),
        ("x.com.", "dot at the edge"),
        ("X.com", "capital"),
        ("münchen.de", "ASCII"),
        ("com", "single label"),
        ("192.0.2.1", "IP address"),
        ("x..com", "no host name|not a host name"),
        ("-x.com", "not a host name"),
        ("x$.com", "not a host name"),
        ("a" * 64 + ".com", "not a host name"),
    ],
)
def test_badly_spelled(host: str, fault: str) -> None:
    found = spelling_fault(host)
    assert found is not None
    assert any(part in found[0] for part in fault.split("|"))
    assert found[1]


def test_public_names_by_whole_labels() -> None:
    covers = frozenset({"cloudflare-ech.com"})
    assert public_name("cloudflare-ech.com", covers)
    assert public_name("a.Cloudflare-ECH.com.", covers)
    assert not public_name("not-cloudflare-ech.com", covers)
    assert not public_name("cloudflare-ech.com.example", covers)
