"""Spellings of addresses and names."""

from __future__ import annotations

import pytest

from auditor.leases.values import ip_of, mac_of, mac_of_hex_duid, user_of

MAC = "00:00:5e:00:53:0a"


@pytest.mark.parametrize(
    "text",
    ["00:00:5E:00:53:0A", "00-00-5e-00-53-0a", "0000.5e00.530a", "0000-5e00-530a", "00005E00530A", "00005e-00530a",
     "0:0:5e:0:53:a", "0-0-5e-0-53-a"],
)  # fmt: skip
def test_a_mac_in_any_spelling(text: str) -> None:
    assert mac_of(text) == MAC


@pytest.mark.parametrize(
    "text",
    ["", "00:00:5e:00:53", "00:00:5e:00:53:0a:0b", "01:00:5e:00:00:01", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00",
     "00:00-5e:00:53:0a", "10.20.1.50", "g0005e00530a", "\u06600005e00530a", "5241532000000000"],
)  # fmt: skip
def test_no_mac(text: str) -> None:
    assert mac_of(text) == ""


@pytest.mark.parametrize(
    ("text", "ip"),
    [("10.0.0.1", "10.0.0.1"), ("2001:DB8:0:0::5", "2001:db8::5"), ("fe80::1%eth0", "fe80::1"),
     ("::ffff:10.0.0.1", "10.0.0.1"), ("0.0.0.0", ""), ("255.255.255.255", ""), ("224.0.0.1", ""),
     ("127.0.0.1", ""), ("::", ""), ("ff02::1", ""), ("10.0.0.256", ""), ("10.0.0.01", ""), ("a\0b", ""), ("", "")],
)  # fmt: skip
def test_ip(text: str, ip: str) -> None:
    assert ip_of(text) == ip


@pytest.mark.parametrize(
    ("duid", "mac"),
    [("00:01:00:01:2c:aa:bb:cc:00:00:5e:00:53:0a", MAC), ("00030001" + "00005e00530a", MAC),
     ("00:04:a3:44:73:bf", ""), ("00:01:00:20:2c:aa:bb:cc:00:00:5e:00:53:0a", ""), ("*", ""), ("", "")],
)  # fmt: skip
def test_duid(duid: str, mac: str) -> None:
    assert mac_of_hex_duid(duid) == mac


@pytest.mark.parametrize(
    "name", ["jdoe", "DISTRICT\\jdoe", "jdoe@district.example", " jdoe ", "Ana", "ann.onym"]
)
def test_a_user(name: str) -> None:
    assert user_of(name) == name.strip()


@pytest.mark.parametrize(
    "name",
    ["", " ", "anonymous", "Anonymous@district.example", "@district.example", "anon@x.example", "host/pc.x.example",
     "HOST/pc", "DISTRICT\\PC-17$", "pc$@district.example", "00005e00530a", "00-00-5E-00-53-0A"],
)  # fmt: skip
def test_no_user(name: str) -> None:
    assert user_of(name) == ""
