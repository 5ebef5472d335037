from __future__ import annotations

from pathlib import Path

import pytest

from auditor.identify.check import check

GOOD = """\
[[platform]]
id = "facebook"
name = "Facebook"
visit = ["facebook.com"]
push = ["edge-mqtt.facebook.com"]

[[platform]]
id = "blogger"
name = "Blogger"
tenants = true
visit = ["blogspot.com"]
content = ["bp.blogspot.com"]

[[platform]]
id = "messenger"
name = "Messenger"
within = ["facebook.com"]
visit = ["messenger.com"]
content = ["media.facebook.com"]
"""


def found(folder: Path, text: str) -> list[str]:
    (folder / "blog.toml").write_text(text, encoding="utf-8")
    return [str(problem).removeprefix(f"{folder}/") for problem in check(folder)]


def test_nothing_to_say(tmp_path: Path) -> None:
    assert found(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('visit = ["messenger.com"]', "", ["blog.toml:14: messenger has no visit host"]),
        ('"messenger.com"', '"co.uk"', ["blog.toml:18: co.uk is a public suffix"]),
        (
            '"messenger.com"',
            '"com"',
            ["blog.toml:18: 'com' is a single label", "blog.toml:14: messenger has no visit host"],
        ),
        ('"messenger.com"', '"google.com"', ["blog.toml:18: google.com holds hosts of many owners"]),
        ('"messenger.com"', '"cloudfront.net"', ["blog.toml:18: cloudfront.net holds hosts of many owners"]),
        ("tenants = true", "", ["blog.toml:11: every customer's host under blogspot.com would be blogger"]),
        (
            '"messenger.com"',
            '"blog.m.facebook.com", "github.io"',
            ["blog.toml:18: every customer's host under github.io"],
        ),
        (
            'within = ["facebook.com"]',
            "",
            ["blog.toml:19: warning: media.facebook.com (messenger) takes hosts from facebook.com"],
        ),
        (
            '"edge-mqtt.f',
            '"m.edge-mqtt.facebook.com", "edge-mqtt.f',
            ["blog.toml:5: warning: m.edge-mqtt.facebook.com changes nothing"],
        ),
        (
            '"facebook.com"]\npush',
            '"facebook.com", "m.facebook.com"]\npush',
            ["blog.toml:4: warning: m.facebook.com changes nothing"],
        ),
        (
            '"media.facebook.com"',
            '"media.messenger.com"',
            ["blog.toml:14: warning: no host of messenger lies within facebook.com"],
        ),
        (
            'within = ["facebook.com"]',
            'within = ["facebook.com", "messenger.com"]',
            ["blog.toml:14: warning: no host of messenger lies within messenger.com"],
        ),
        ('"messenger.com"', '"facebook.com"', ["blog.toml:18: the host facebook.com stands in"]),
        ('"messenger.com"', '"Messenger.com", "m.me"', ["blog.toml:18: capital letters"]),
        ('"messenger.com"', '"messenger.com ", "m.me"', ["blog.toml:18: a space"]),
        ('"messenger.com"', '"*.messenger.com", "m.me"', ["blog.toml:18: a wildcard"]),
        ('"messenger.com"', '"messenger.com.", "m.me"', ["blog.toml:18: a dot at the edge"]),
        ('id = "messenger"', 'id = "facebook"', ["blog.toml:14: the platform facebook stands in"]),
    ],
)
def test_each_planted_error(tmp_path: Path, old: str, new: str, expected: list[str]) -> None:
    assert GOOD.count(old) == 1
    lines = found(tmp_path, GOOD.replace(old, new))
    for line in expected:
        assert any(text.startswith(line) for text in lines), lines


def test_a_longer_rule_in_between_hides_the_shorter_one(tmp_path: Path) -> None:
    """A visit host under the push host under the visit host: no repetition, it changes what it means."""
    text = GOOD.replace('visit = ["facebook.com"]', 'visit = ["facebook.com", "b.edge-mqtt.facebook.com"]')
    assert found(tmp_path, text) == []


def test_a_tunnel_needs_no_visit_but_a_host(tmp_path: Path) -> None:
    (tmp_path / "tunnels.toml").write_text(
        '[[platform]]\nid = "tunnel_vpn"\nname = "VPN"\n', encoding="utf-8"
    )
    assert "tunnel_vpn has no host" in str(check(tmp_path)[0])
    (tmp_path / "tunnels.toml").write_text(
        '[[platform]]\nid = "tunnel_vpn"\nname = "VPN"\ntunnel = ["vpn.example"]\n', encoding="utf-8"
    )
    assert check(tmp_path) == []
