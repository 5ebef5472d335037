"""Which name DNS gives a flow, and when it gives none."""

from __future__ import annotations

import numpy as np
import pytest
from made_captures import evenly
from made_packets import dns_answer, udp_frame
from made_readings import frames_of

from auditor.decode.decoder import Decoder
from auditor.flows import dns_map
from auditor.flows.naming import AMBIGUITY, Namer
from auditor.kernel.answers import MOST_ADDRESSES
from auditor.kernel.dtypes import (
    DNS_ALIAS,
    DNS_ANSWER,
    DNS_ECH,
    DNS_HINT,
    NO_NAME,
    SIGHTING,
    SLICE,
    SOURCE_DNS,
    SOURCE_NAMES,
    SOURCE_NONE,
    SOURCE_QUIC,
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
        self.flows: set[int] = set()

    def told(
        self, host: str, server: str = SERVER, at: float = 0, ttl: int = 60, client: str = CLIENT, mac: int = 0,
        kind: int = DNS_ANSWER, public: str = "", through: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        """An answer, by way of other names; or keys under a public name."""
        names = [host, *through, public]
        rows = np.zeros(1 + len(through), SIGHTING)
        rows["kind"], rows["kind"][-1] = DNS_ALIAS, kind
        rows["other"] = range(1, len(rows) + 1)
        rows["other"][-1] = len(names) - 1 if public else NO_NAME
        rows["frame"], rows["ttl_s"] = 7, ttl
        rows["time_ns"] = int((START_S + at) * SECOND)
        rows["client_hi"], rows["client_lo"] = address_halves(client)
        rows["client_mac"] = mac
        if kind != DNS_ECH:
            rows["ip_hi"], rows["ip_lo"] = address_halves(server)
        self.namer.name(Observed(rows, np.zeros(0, SLICE), names), capture=2)

    def keys(self, host: str, public: str = "", at: float = 0) -> None:
        """An HTTPS record with ECH keys."""
        self.told(host, kind=DNS_ECH, public=public, at=at)

    def named(
        self, at: float, server: str = SERVER, client: str = CLIENT, mac: int = 0, sni: str = "", ech: bool = False,
        flow: int | None = None, preview: bool = False, source: int = SOURCE_TLS,
    ) -> tuple[str, str]:  # fmt: skip
        """Host and source of a flow's slice."""
        self.flow += 1
        row = np.zeros(1, SLICE)
        row["flow"] = self.flow if flow is None else flow
        row["begins"] = row["flow"][0] not in self.flows
        self.flows.add(int(row["flow"][0]))
        row["first_ns"] = row["last_ns"] = int((START_S + at) * SECOND)
        row["client_hi"], row["client_lo"] = address_halves(client)
        row["server_hi"], row["server_lo"] = address_halves(server)
        row["client_mac"], row["ech"] = mac, ech
        row["name"], row["name_source"] = (0, source) if sni else (NO_NAME, SOURCE_NONE)
        observed = Observed(np.zeros(0, SIGHTING), row, [sni])
        found = self.namer.preview(observed) if preview else self.namer.name(observed, capture=2)
        if found.rows["name_source"][0] == SOURCE_DNS and sni != found.hosts[0]:
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
    sensor.keys("instagram.com")
    assert sensor.named(1, sni="www.example.com", ech=True) == ("www.example.com", "tls")


def test_a_public_name_without_a_witness_is_the_name() -> None:
    sensor = Sensor()
    sensor.told(PUBLIC)
    assert sensor.named(1, sni=PUBLIC, ech=True) == (PUBLIC, "tls")
    assert sensor.named(1, sni=PUBLIC) == (PUBLIC, "tls")


@pytest.mark.parametrize("source", [SOURCE_TLS, SOURCE_QUIC])
@pytest.mark.parametrize("public", ["", PUBLIC])
@pytest.mark.parametrize("keyed", [False, True])
@pytest.mark.parametrize("addressed", [False, True])
def test_the_two_witnesses_of_a_hidden_name(keyed: bool, addressed: bool, public: str, source: int) -> None:
    sensor = Sensor()
    if keyed:
        sensor.keys("instagram.com", public)
    if addressed:
        sensor.told("instagram.com")
    wanted = ("instagram.com", "dns") if keyed or addressed else (PUBLIC, SOURCE_NAMES[source])
    assert sensor.named(1, sni=PUBLIC, ech=True, source=source) == wanted
    assert sensor.named(1, sni=PUBLIC, ech=False, source=source) == (PUBLIC, SOURCE_NAMES[source])


def test_keys_under_another_public_name_are_no_witness() -> None:
    sensor = Sensor()
    sensor.keys("instagram.com", "other-ech.example")
    assert sensor.named(1, sni=PUBLIC, ech=True) == (PUBLIC, "tls")
    sensor.keys("x.com", PUBLIC, at=2)
    assert sensor.named(3, sni=PUBLIC, ech=True) == ("x.com", "dns")


def test_keys_of_a_name_that_leads_elsewhere_are_no_witness() -> None:
    sensor = Sensor()
    sensor.keys("instagram.com", PUBLIC)
    sensor.told("instagram.com", server=ELSEWHERE)
    assert sensor.named(1, sni=PUBLIC, ech=True) == (PUBLIC, "tls")
    assert sensor.named(1, sni=PUBLIC, ech=True, server=ELSEWHERE) == ("instagram.com", "dns")


def test_the_keys_of_the_public_name_itself_are_no_witness() -> None:
    sensor = Sensor()
    sensor.keys(PUBLIC, PUBLIC)
    sensor.told(PUBLIC)
    assert sensor.named(1, sni=PUBLIC, ech=True) == (PUBLIC, "tls")


@pytest.mark.parametrize("source", [SOURCE_TLS, SOURCE_QUIC])
@pytest.mark.parametrize("keyed", [False, True])
@pytest.mark.parametrize("addressed", [False, True])
@pytest.mark.parametrize("ech", [False, True])
def test_a_public_name_that_the_catalogue_lacks(keyed: bool, addressed: bool, ech: bool, source: int) -> None:
    """Then one name must be both: its keys show that public name, and it leads to that server."""
    sensor = Sensor()
    if keyed:
        sensor.keys("instagram.com", "front.example")
    if addressed:
        sensor.told("instagram.com")
        sensor.told("x.com", at=0.5)
    hidden = keyed and addressed and ech
    wanted = ("instagram.com", "dns") if hidden else ("front.example", SOURCE_NAMES[source])
    assert sensor.named(1, sni="front.example", ech=ech, source=source) == wanted


def test_another_clients_keys_are_no_witness() -> None:
    sensor = Sensor()
    sensor.keys("instagram.com", PUBLIC)
    assert sensor.named(1, sni=PUBLIC, ech=True, client=OTHER) == (PUBLIC, "tls")


def test_hints_and_targets_lead_to_addresses_too() -> None:
    sensor = Sensor()
    sensor.told("instagram.com", kind=DNS_HINT)
    assert sensor.named(1) == ("instagram.com", "dns")


@pytest.mark.parametrize(
    ("asked", "through", "named"),
    [
        ("instagram.com", ("x.com",), "instagram.com"),  # the name asked stands above what it leads to
        ("own.example", ("edge.example", "x.com", "instagram.com"), "x.com"),  # the first that a platform has
        ("own.example", ("edge.example",), "own.example"),
    ],
)
def test_the_names_of_a_chain(asked: str, through: tuple[str, ...], named: str) -> None:
    sensor = Sensor()
    sensor.told(asked, through=through)
    assert sensor.named(1) == (named, "dns")


def test_a_chain_makes_no_two_names_agree() -> None:
    """Where a platform has one of the names asked, the chains of others say nothing for it."""
    sensor = Sensor()
    sensor.told("own.example", through=("x.com",))
    sensor.told("x.com", at=5)
    assert sensor.named(6) == NONE


def test_chains_to_several_platforms_name_none() -> None:
    sensor = Sensor()
    sensor.told("own.example", through=("x.com",))
    sensor.told("another.example", through=("x.com",), at=1)
    assert sensor.named(2) == ("x.com", "dns")
    sensor.told("third.example", at=5)
    assert sensor.named(6) == NONE
    sensor.told("fourth.example", through=("instagram.com",), at=5, server=ELSEWHERE)
    sensor.told("own.example", through=("x.com",), at=5, server=ELSEWHERE)
    assert sensor.named(6, server=ELSEWHERE) == NONE


def test_a_hidden_name_behind_a_chain() -> None:
    sensor = Sensor()
    sensor.keys("own.example", PUBLIC)
    sensor.told("own.example", through=("x.com",))
    assert sensor.named(1, sni=PUBLIC, ech=True) == ("x.com", "dns")


def test_a_preview_changes_nothing() -> None:
    sensor = Sensor()
    sensor.told("instagram.com")
    assert sensor.named(1, flow=1, preview=True) == ("instagram.com", "dns")
    sensor.told("x.com", at=0.5)
    assert sensor.named(1, flow=1, preview=True) == NONE
    assert sensor.ledger.counts == {}
    assert sensor.named(1, flow=1) == NONE
    assert sensor.ledger.counts == {AMBIGUITY: 1}


def test_answers_beyond_the_bound_go_in_two_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dns_map, "MOST_ENTRIES", 8)
    sensor = Sensor()
    for number in range(24):
        sensor.told(f"h{number}.example", server=f"192.0.2.{number}", at=number / 100)
    named = [sensor.named(1, server=f"192.0.2.{number}")[0] for number in range(24)]
    assert named == [""] * 8 + [f"h{number}.example" for number in range(8, 24)]
    assert sensor.ledger.counts == {"DNS answers forgotten early, the table being full": 8}
    sensor.told("h9.example", server="192.0.2.9", at=1)
    assert sensor.named(2, server="192.0.2.9")[0] == "h9.example", "told of in both tables, one name"


def test_macs_beyond_the_bound_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dns_map, "MOST_MACS", 4)
    sensor = Sensor()
    for number in range(5):
        sensor.told("instagram.com", server=SERVER6, mac=MAC + number)
    assert sensor.ledger.counts == {"clients' other addresses forgotten, the table being full": 4}
    assert sensor.named(1, server=SERVER6, client=CLIENT6, mac=MAC + 4)[0] == "instagram.com"
    assert sensor.named(1, server=SERVER6, client=CLIENT6, mac=MAC + 3) == NONE


def test_flows_beyond_the_bound_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dns_map, "MOST_FLOWS", 4)
    sensor = Sensor()
    sensor.told("instagram.com")
    assert sensor.named(1, flow=3)[0] == "instagram.com"
    assert sensor.named(50_000, flow=3)[0] == "instagram.com"
    assert sensor.named(1, flow=7)[0] == "instagram.com"
    assert sensor.named(50_000, flow=3) == NONE
    assert sensor.ledger.counts == {"flows whose name from DNS was forgotten, there being too many": 1}


@pytest.mark.parametrize(("port", "what"), [(5353, "mDNS"), (5355, "LLMNR")])
def test_the_local_networks_own_dns_is_counted_and_not_learnt(port: int, what: str) -> None:
    """Through the whole way of a packet: the same message names a flow where it comes from port 53."""
    answer = dns_answer("instagram.com", SERVER)
    for source in (53, port):
        frames = [
            udp_frame(
                answer, up=False, client=CLIENT, client_port=port, server=ELSEWHERE, server_port=source
            ),
            udp_frame(b"?", client=CLIENT, server=SERVER, server_port=3478),
        ]
        ledger, decoder = Ledger(), Decoder(Ledger())
        namer = Namer(lambda host: "", lambda host: False, GRACE_S, ledger)
        parts = [*decoder.feed(frames_of(evenly(frames))), decoder.end_capture()]
        hosts = [host for part in parts for host in namer.name(part, 0).hosts]
        assert hosts == (["", "instagram.com"] if source == 53 else ["", ""])
        if source == port:
            assert sum(len(part.sightings) for part in parts) == 0
            assert ledger.counts == {f"packets of {what}: names of the local network, not looked at": 1}


def test_a_name_that_was_recalled_from_another_run_stays() -> None:
    sensor = Sensor()
    sensor.told("x.com")
    assert sensor.named(1, sni="instagram.com", source=SOURCE_DNS) == ("instagram.com", "dns")


def test_a_flow_keeps_its_name_when_the_decoders_names_are_cut_back() -> None:
    sensor = Sensor()
    sensor.told("instagram.com")
    sensor.named(1, flow=3)
    for number in range(50):
        sensor.named(1, sni=f"h{number}.example")
    assert sensor.named(2, flow=3)[0] == "instagram.com"
    assert len(sensor.namer._map.hosts.texts) < 10


def test_the_name_with_keys_stands_above_others_at_the_address() -> None:
    sensor = Sensor()
    sensor.told("x.com")
    sensor.told("instagram.com")
    sensor.keys("instagram.com")
    assert sensor.named(1, sni=PUBLIC, ech=True) == ("instagram.com", "dns")


def test_a_hidden_name_of_several_platforms_is_none() -> None:
    sensor = Sensor()
    sensor.told("x.com")
    sensor.told("instagram.com")
    assert sensor.named(1, sni=PUBLIC, ech=True) == NONE


def test_keys_held_too_long_ago_are_no_witness() -> None:
    sensor = Sensor()
    sensor.keys("instagram.com")
    assert sensor.named(60 + GRACE_S, sni=PUBLIC, ech=True)[0] == "instagram.com"
    assert sensor.named(61 + GRACE_S, sni=PUBLIC, ech=True) == (PUBLIC, "tls")
