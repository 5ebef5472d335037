from __future__ import annotations

from pathlib import Path

import pytest

from auditor.identify.catalogue import Catalogue, load_catalogue
from auditor.identify.listing import LIST_COLUMNS, WHICH_COLUMNS, host_of, list_rows, which_rows

PHOTO = """\
[[platform]]
id = "vsco"
name = "VSCO"
shortener = ["vs.co"]
visit = ["vsco.co", "vsco.example"]
"""
WIKI = '[[platform]]\nid = "w"\nname = "W"\nreference = true\nnote = "N"\nvisit = ["w.example"]\n'


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    (tmp_path / "photo.toml").write_text(PHOTO, encoding="utf-8")
    (tmp_path / "wiki.toml").write_text(WIKI, encoding="utf-8")
    return load_catalogue(tmp_path)


def test_list(catalogue: Catalogue) -> None:
    rows = list_rows(catalogue)
    assert all(tuple(row) == LIST_COLUMNS for row in rows)
    assert [tuple(row.values()) for row in rows] == [
        ("vsco", "VSCO", "photo", "", "visit", "vsco.co vsco.example", ""),
        ("vsco", "VSCO", "photo", "", "shortener", "vs.co", ""),
        ("w", "W", "wiki", "yes", "visit", "w.example", "N"),
    ]


def test_which(catalogue: Catalogue) -> None:
    rows = which_rows(catalogue, ["https://www.VSCO.co/me", "netvsco.co", "vs.co."])
    assert all(tuple(row) == WHICH_COLUMNS for row in rows)
    assert [tuple(row.values()) for row in rows] == [
        ("www.vsco.co", "vsco", "photo", "visit", "vsco.co"),
        ("netvsco.co", "", "", "", ""),
        ("vs.co", "vsco", "photo", "shortener", "vs.co"),
    ]


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("x.com", "x.com"),
        (" X.Com. ", "x.com"),
        ("https://user:word@x.com:443/a?b#c", "x.com"),
        ("x.com/path", "x.com"),
        ("x.com:443", "x.com"),
        ("2001:db8::1", "2001:db8::1"),
        ("", ""),
    ],
)
def test_host_of(text: str, host: str) -> None:
    assert host_of(text) == host
