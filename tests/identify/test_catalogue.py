from __future__ import annotations

from pathlib import Path

import pytest

from auditor.errors import BadInput
from auditor.identify.catalogue import load_catalogue
from auditor.records import HostMatch

PHOTO = """\
# pictures
[[platform]]
id = "vsco"
name = "VSCO"
visit = ["vsco.co"]
content = [
    "im.vsco.co",
    "static.vsco.co",
]

[[platform]]
id = "flickr"
name = "Flickr"
reference = true
visit = ["flickr.com"]
"""


def folder_of(path: Path, **files: str) -> Path:
    for name, text in files.items():
        (path / f"{name}.toml").write_text(text, encoding="utf-8")
    return path


def problems_of(folder: Path) -> list[str]:
    """`FILE:LINE: what` of every problem, without the folder and the hint."""
    with pytest.raises(BadInput) as raised:
        load_catalogue(folder)
    assert raised.value.exit_code == 2
    return [f"{p.where.removeprefix(str(folder) + '/')}: {p.what}" for p in raised.value.problems]


def test_loads(tmp_path: Path) -> None:
    catalogue = load_catalogue(
        folder_of(tmp_path, photo=PHOTO, ech_public_names='public_names = ["cover.example"]')
    )
    assert list(catalogue.platforms) == ["vsco", "flickr"]
    assert catalogue.rules["im.vsco.co"] == HostMatch("vsco", "photo", "content", "im.vsco.co")
    assert catalogue.match("www.flickr.com") == HostMatch(
        "flickr", "photo", "visit", "flickr.com", reference=True
    )
    assert catalogue.ech_public_names == {"cover.example"}
    assert [rule.where for rule in catalogue.platforms["vsco"].rules] == [
        f"{tmp_path}/photo.toml:{line}" for line in (5, 7, 8)
    ]


def test_version_is_of_what_decides_a_match(tmp_path: Path) -> None:
    def version(text: str) -> str:
        return load_catalogue(folder_of(tmp_path, photo=text)).version

    first = version(PHOTO)
    blocks = PHOTO.split("\n\n")
    assert version("\n\n".join(reversed(blocks)).replace("# pictures", "")) == first
    assert version(PHOTO.replace("VSCO", "Visual Supply Co")) == first
    assert version(PHOTO.replace("im.vsco.co", "img.vsco.co")) != first
    assert version(PHOTO.replace("content", "embed")) != first
    assert version(PHOTO.replace("reference = true", "reference = false")) != first


def test_bom_and_windows_line_ends(tmp_path: Path) -> None:
    (tmp_path / "photo.toml").write_bytes(b"\xef\xbb\xbf" + PHOTO.replace("\n", "\r\n").encode())
    assert load_catalogue(tmp_path).match("vsco.co") is not None


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            'name = "Flickr"',
            'naem = "Flickr"',
            ["photo.toml:13: the key `naem` is unknown", "photo.toml:11: flickr has no name"],
        ),
        (
            "visit = [",
            "visits = [",
            ["photo.toml:5: the key `visits` is unknown", "photo.toml:15: the key `visits` is unknown"],
        ),
        ('"im.vsco.co"', '"*.vsco.co"', ["photo.toml:7: a wildcard in '*.vsco.co'"]),
        ('"static.vsco.co"', '"Static.vsco.co"', ["photo.toml:8: capital letters in 'Static.vsco.co'"]),
        (
            '"flickr.com"',
            '"vsco.co"',
            ["photo.toml:15: the host vsco.co stands in {}/photo.toml:5 too, for vsco"],
        ),
        (
            '"static.vsco.co"',
            '"im.vsco.co"',
            ["photo.toml:8: the host im.vsco.co stands in {}/photo.toml:7 too, for vsco"],
        ),
        ('"flickr"', '"vsco"', ["photo.toml:11: the platform vsco stands in {}/photo.toml:2 too"]),
        ('"flickr"', '"Flickr!"', ["photo.toml:12: the id 'Flickr!' is none"]),
        ('id = "flickr"\n', "", ["photo.toml:11: the id '' is none"]),
        ("reference = true", 'reference = "yes"', ["photo.toml:14: `reference` is neither true nor false"]),
        ('visit = ["flickr.com"]', 'visit = "flickr.com"', ["photo.toml:15: `visit` is no list of hosts"]),
        ('visit = ["flickr.com"]', "visit = [7]", ["photo.toml:15: `visit` is no list of hosts"]),
        ('id = "flickr"', "id = 7", ["photo.toml:12: `id` is no text", "photo.toml:12: the id '' is none"]),
        (
            'visit = ["flickr.com"]',
            'tunnel = ["flickr.com"]',
            ["photo.toml:15: `tunnel` does not belong in this file"],
        ),
        (
            'visit = ["flickr.com"]',
            'visit = ["flickr.com"',
            ["photo.toml:16: is not valid TOML: Unclosed array"],
        ),
        ('"Flickr"', "Flickr", ["photo.toml:13: is not valid TOML: Invalid value"]),
        ("# pictures", "version = 2", ["photo.toml:1: the key `version` is unknown"]),
    ],
)
def test_each_mistake_with_its_line(tmp_path: Path, old: str, new: str, expected: list[str]) -> None:
    assert old in PHOTO
    found = problems_of(folder_of(tmp_path, photo=PHOTO.replace(old, new)))
    assert found == [line.replace("{}", str(tmp_path)) for line in expected]


def test_all_mistakes_of_all_files_at_once(tmp_path: Path) -> None:
    folder_of(
        tmp_path,
        photo=PHOTO.replace('"im.vsco.co"', '"im.vsco.co/x"'),
        vidoe=PHOTO,
        video='[[platform]]\nid = "vsco"\nname = "V"\nvisit = ["flickr.com"]\n',
        ech_public_names='public_name = ["a.example"]\n',
        tunnels='[[platform]]\nid = "t"\nname = "T"\nvisit = ["t.example"]\n',
        blog="platform = 3\n",
    )
    assert [line.partition(": ")[0] for line in problems_of(tmp_path)] == [
        *("blog.toml:1", "ech_public_names.toml:1", "photo.toml:7", "tunnels.toml:4", "vidoe.toml"),
        *("video.toml:1", "video.toml:4"),
    ]


def test_hints_at_what_was_meant(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="did you mean `tracker`"):
        load_catalogue(
            folder_of(tmp_path, photo=PHOTO.replace("reference = true", 'trakcer = ["a.flickr.com"]'))
        )


def test_no_catalogue_there(tmp_path: Path) -> None:
    assert "is no catalogue folder" in problems_of(tmp_path)[0]
    assert "is no catalogue folder" in problems_of(tmp_path / "absent")[0]


def test_not_text_and_not_a_file(tmp_path: Path) -> None:
    (tmp_path / "photo.toml").write_bytes(b"\xff\xfe[\x00[\x00")
    (tmp_path / "video.toml").mkdir()
    found = problems_of(tmp_path)
    assert found[0] == "photo.toml:1: is not UTF-8 text"
    assert found[1].startswith("video.toml: can't be read")
