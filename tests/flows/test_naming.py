"""Which name DNS gives a flow, and when it gives none."""

from __future__ import annotations

import numpy as np
import pytest

from auditor.flows.naming import Namer
from auditor.kernel.answers import MOST_ADDRESSES
from auditor.kernel.dtypes import (
    DNS_ANSWER,
    DNS_ECH,
    NO_NAME,
    SIGHTING,
    SLICE,
    SOURCE_DNS,
    SOURCE_NAMES,
    SOURCE_NONE,
    SOURCE_TLS,
)  # fmt: skip
from auditor.records import Ledger, Observed, address_halves

SECOND = 1_000_000_000
GRACE_S = 300
START_S = 1_794_556_800
CLIENT, CLIENT6, OTHER = "10.1.2.3", "2001:db8::3", "10.1.2.4"
SERVER, SERVER6, ELSEWHERE = "192.0.2.80", "2001:db8:1::80", "192.0.2.81"
MAC = 0x02_00_5E_10_00_01
PUBLIC = "cloudflare-ech.com"
PLATFORMS = {"instagram.com": "instagram", "cdninstagram.com": "instagram", "x.com": "x"}


class Sensor:
    """One sensor's namer; times are in seconds after the start."""

    def __init__(self, grace_s: int = GRACE_S) -> None:
        self.ledger = Ledger()
        self.namer = Namer(
            lambda host: PLATFORMS.get(host, ""), lambda host: host == PUBLIC, grace_s, self.ledger
        )
        self.flow = 0

    def told(
        self, host: str, server: str = SERVER, at: float = 0, ttl: int = 60, client: str = CLIENT, mac: int = 0,
        ech: bool = False, public: str = "",
    ) -> None:  # fmt: skip
        row = np.zeros(1, SIGHTING)
        row["other"] = 1 if public else NO_NAME
        row["kind"], row["frame"], row["ttl_s"] = DNS_ECH if ech else DNS_ANSWER, 7, ttl
        row["time_ns"] = int((START_S + at) * SECOND)
        row["client_hi"], row["client_lo"] = address_halves(client)
        row["client_mac"] = mac
        if not ech:
            row["ip_hi"], row["ip_lo"] = address_halves(server)
        self.namer.name(Observed(row, np.zeros(0, SLICE), [host, public]), capture=2)

    def named(
        self, at: float, server: str = SERVER, client: str = CLIENT, mac: int = 0, sni: str = "", ech: bool = False,
        flow: int | None = None,
    ) -> tuple[str, str]:  # fmt: skip
        """Host and source of a flow's slice."""
        self.flow += 1
        row = np.zeros(1, SLICE)
        row["flow"] = self.flow if flow is None else flow
        row["first_ns"] = row["last_ns"] = int((START_S + at) * SECOND)
        row["client_hi"], row["client_lo"] = address_halves(client)
        row["server_hi"], row["server_lo"] = address_halves(server)
        row["client_mac"], row["ech"] = mac, ech
        row["name"], row["name_source"] = (0, SOURCE_TLS) if sni else (NO_NAME, SOURCE_NONE)
        found = self.namer.name(Observed(np.zeros(0, SIGHTING), row, [sni]), capture=2)
        if found.rows["name_source"][0] == SOURCE_DNS:
            assert (found.rows["name_frame"][0], found.rows["name_capture"][0]) == (7, 2)
        return found.hosts[0], SOURCE_NAMES[found.rows["name_source"][0]]


NONE = ("", "none")


@pytest.mark.parametrize(
    ("at", "is_named"),
    [
        (-0.001, False),
        (0, True),
        (59, True),
        (60 + GRACE_S, True),
        (60 + GRACE_S + 0.001, False),
        (86_400, False),
    ],
)
def test_an_answer_holds_from_when_it_came_to_its_ttl_and_grace(at: float, is_named: bool) -> None:
    sensor = Sensor()
    sensor.told("instagram.com")
    assert sensor.named(at) == (("instagram.com", "dns") if is_named else NONE)


def test_without_grace_the_ttl_is_the_end() -> None:
    sensor = Sensor(grace_s=0)
    sensor.told("instagram.com", ttl=10)
    assert sensor.named(10)[0] == "instagram.com"
    assert sensor.named(10.001) == NONE


def test_an_answer_names_only_its_clients_flows_to_its_address() -> None:
    sensor = Sensor()
    sensor.told("instagram.com")
    assert sensor.named(1, client=OTHER) == NONE
    assert sensor.named(1, server=ELSEWHERE) == NONE
    assert sensor.named(1, server=CLIENT, client=SERVER) == NONE


def test_a_name_from_the_wire_stands_above_dns() -> None:
    sensor = Sensor()
    sensor.told("x.com")
    assert sensor.named(1, sni="instagram.com") == ("instagram.com", "tls")


def test_a_connection_outlives_the_ttl() -> None:
    sensor = Sensor()
    sensor.told("instagram.com")
    assert sensor.named(1, flow=99)[0] == "instagram.com"
    assert sensor.named(50_000, flow=99)[0] == "instagram.com"
    assert sensor.named(50_000) == NONE


def test_a_flow_before_the_answer_was_given_again_keeps_its_name() -> None:
    """Slices are named when their minute is over; the client may have asked again meanwhile."""
    sensor = Sensor()
    for at in (0, 20, 40, 45, 50):
        sensor.told("instagram.com", at=at, ttl=30)
    for at in (1, 21, 44, 49, 80 + GRACE_S):
        assert sensor.named(at)[0] == "instagram.com"


def test_several_names_of_one_platform_give_the_latest() -> None:
    sensor = Sensor()
    sensor.told("instagram.com")
    sensor.told("cdninstagram.com", at=5)
    assert sensor.named(3)[0] == "instagram.com"
    assert sensor.named(6)[0] == "cdninstagram.com"
    assert sensor.ledger.counts == {}


@pytest.mark.parametrize("other", ["x.com", "unlisted.example"])
def test_names_of_several_platforms_give_none(other: str) -> None:
    sensor = Sensor()
    sensor.told("instagram.com")
    sensor.told(other, at=5)
    assert sensor.named(6) == NONE
    assert sensor.ledger.counts == {"flows without a name: DNS leads to several platforms": 1}
    assert sensor.named(65 + GRACE_S, flow=500) == (other, "dns"), "the first one no longer holds"


def test_names_that_no_platform_has_are_given_too() -> None:
    sensor = Sensor()
    sensor.told("a.example")
    sensor.told("b.example", at=1)
    assert sensor.named(2) == ("b.example", "dns")


def test_a_client_is_known_by_mac_across_ip_versions() -> None:
    sensor = Sensor()
    sensor.told("instagram.com", server=SERVER6, client=CLIENT, mac=MAC)
    assert sensor.named(1, server=SERVER6, client=CLIENT6, mac=MAC)[0] == "instagram.com"
    assert sensor.named(1, server=SERVER6, client=CLIENT6, mac=MAC + 1) == NONE
    assert sensor.named(1, server=SERVER6, client=CLIENT6) == NONE


def test_a_routers_mac_with_many_addresses_says_nothing() -> None:
    sensor = Sensor()
    for number in range(MOST_ADDRESSES + 2):
        sensor.told("instagram.com", client=f"10.1.9.{number}", mac=MAC)
    assert sensor.named(1, client=OTHER, mac=MAC) == NONE
    assert sensor.named(1, client="10.1.9.3", mac=MAC)[0] == "instagram.com", "by its address it is known"


def test_a_hello_with_ech_that_shows_its_true_name_keeps_it() -> None:
    sensor = Sensor()
    sensor.told("x.com")
    sensor.told("instagram.com", ech=True)
    assert sensor.named(1, sni="www.example.com", ech=True) == ("www.example.com", "tls")


def test_a_public_name_without_a_witness_is_the_name() -> None:
    sensor = Sensor()
    sensor.told(PUBLIC)
    assert sensor.named(1, sni=PUBLIC, ech=True) == (PUBLIC, "tls")
    assert sensor.named(1, sni=PUBLIC) == (PUBLIC, "tls")


@pytest.mark.parametrize("keyed", [False, True])
@pytest.mark.parametrize("addressed", [False, True])
def test_the_two_witnesses_of_a_hidden_name(keyed: bool, addressed: bool) -> None:
    sensor = Sensor()
    if keyed:
        sensor.told("instagram.com", ech=True)
    if addressed:
        sensor.told("instagram.com")
    wanted = ("instagram.com", "dns") if keyed or addressed else (PUBLIC, "tls")
    assert sensor.named(1, sni=PUBLIC, ech=True) == wanted


def test_the_name_with_keys_stands_above_others_at_the_address() -> None:
    sensor = Sensor()
    sensor.told("x.com")
    sensor.told("instagram.com")
    sensor.told("instagram.com", ech=True)
    assert sensor.named(1, sni=PUBLIC, ech=True) == ("instagram.com", "dns")


def test_a_hidden_name_of_several_platforms_is_none() -> None:
    sensor = Sensor()
    sensor.told("x.com")
    sensor.told("instagram.com")
    assert sensor.named(1, sni=PUBLIC, ech=True) == NONE


def test_keys_held_too_long_ago_are_no_witness() -> None:
    sensor = Sensor()
    sensor.told("instagram.com", ech=True)
    assert sensor.named(60 + GRACE_S, sni=PUBLIC, ech=True)[0] == "instagram.com"
    assert sensor.named(61 + GRACE_S, sni=PUBLIC, ech=True) == (PUBLIC, "tls")
