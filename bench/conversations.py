"""Plans the flows of a stretch of traffic: who talks with whom, when, how much, and with which payloads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench import templates

DNS, TLS, HTTP, QUIC, OTHER_TCP, OTHER_UDP = range(6)

FLOW = np.dtype(
    [
        ("kind", "i8"),
        ("v6", "i8"),
        ("vlan", "i8"),  # tag, 0 for none
        ("client_mac", "u8"),
        ("client_hi", "u8"),
        ("client_lo", "u8"),
        ("server_hi", "u8"),
        ("server_lo", "u8"),
        ("client_port", "i8"),
        ("server_port", "i8"),
        ("start_us", "i8"),
        ("gap_us", "f8"),  # mean between filler packets
        ("fillers", "i8"),  # packets without a name of their own, behind the opening
        ("opening", "i8"),  # payload template with the name; -1 for none
        ("parts", "i8"),  # templates that the opening takes
        ("reply", "i8"),  # template of the answer; -1 for none
        ("options", "i8"),  # bytes of TCP options: 0, or 12 with timestamps
        ("whole", "i8"),  # 1 where SYN and FIN are in the capture
    ]
)

V4_MAPPED = np.uint64(0xFFFF << 32)
RESOLVER = np.uint64(0x0A140002)


@dataclass(frozen=True)
class Mix:
    """Shares of a mix, for a million packets."""

    name: str
    lookups: int  # each is a question and an answer
    tls: int  # connections, each with one ClientHello
    http: int  # connections, each with two requests
    quic: int  # connections, each with one ClientHello
    other: int  # flows without a name, one half each TCP (in mid-stream) and UDP
    full: float  # share of the fillers that are as long as can be
    middling: float  # share that have 100 to 900 bytes of payload
    little: float  # share that have 20 to 140; the rest are acknowledgements


# named packets: 2 * 11,000 + 12,000 + 2 * 1,800 + 2,400 = 40,000
SMALL = Mix("small", 11_000, 12_000, 1_800, 2_400, 5_000, 0.120, 0.14, 0.33)
# named packets: 2 * 4,000 + 4,400 + 2 * 500 + 1,000 = 14,400
BULK = Mix("bulk", 4_000, 4_400, 500, 1_000, 2_000, 0.570, 0.04, 0.12)
MIXES = {mix.name: mix for mix in (SMALL, BULK)}

CLIENTS, HOSTS, PREPARED_INITIALS = 4_000, 6_000, 3_000


class Planner:
    """Makes the flows of one stretch after another."""

    def __init__(self, mix: Mix, rng: np.random.Generator) -> None:
        self.mix, self.rng = mix, rng
        self.hosts = templates.hosts(HOSTS, rng)
        arena = templates.Arena()
        self._fill(arena)
        self.data, self.offset = arena.arrays()

    def _fill(self, arena: templates.Arena) -> None:
        rng, names = self.rng, self.hosts.names
        self.flight = arena.add(templates.server_flight(rng))
        self.response = arena.add(templates.http_response())
        self.server_initial = arena.add(b"\xc1\0\0\0\1\0\x08" + rng.bytes(1193))
        self.questions = np.array(
            [[arena.add(templates.dns_question(name, kind)) for kind in (1, 28)] for name in names]
        )
        self.answers = np.empty((len(names), 2), np.int64)
        for number, name in enumerate(names):
            v4 = [int(each).to_bytes(4, "big") for each in self.hosts.v4[number]]
            v6 = [
                int(self.hosts.v6[number, 0]).to_bytes(8, "big")
                + int(self.hosts.v6[number, 1]).to_bytes(8, "big")
            ]
            alias = number % 3 == 0
            self.answers[number] = (
                arena.add(templates.dns_answer(name, 1, v4, alias)),
                arena.add(templates.dns_answer(name, 28, v6, alias)),
            )
        self.hellos = np.empty((len(names), 2), np.int64)  # first template, templates
        for number, name in enumerate(names):
            record = templates.tls_record(templates.client_hello(name, rng, number % 2 == 0, quic=False))
            parts = [record[at : at + templates.SEGMENT] for at in range(0, len(record), templates.SEGMENT)]
            self.hellos[number] = arena.add(parts[0]), len(parts)
            for part in parts[1:]:
                arena.add(part)
        self.initials = np.empty((PREPARED_INITIALS, 2), np.int64)
        for number in range(PREPARED_INITIALS):
            datagrams = templates.initials(names[number * 2], rng, post_quantum=number % 2 == 0)
            self.initials[number] = arena.add(datagrams[0]), len(datagrams)
            for datagram in datagrams[1:]:
                arena.add(datagram)
        self.requests = np.array(
            [arena.add(templates.http_request(name, at)) for at, name in enumerate(names)]
        )

    def flows(self, packets: int, start_us: int, span_us: int) -> np.ndarray:
        """The flows that begin in [start_us, start_us + span_us), with about `packets` packets in all."""
        mix, rng, scale = self.mix, self.rng, packets / 1_000_000
        counts = [
            round(each * scale) for each in (mix.tls, mix.http, mix.quic, mix.other // 2, mix.other // 2)
        ]
        kinds = np.repeat([TLS, HTTP, QUIC, OTHER_TCP, OTHER_UDP], counts)
        flows = np.zeros(len(kinds), FLOW)
        flows["kind"] = kinds
        flows["start_us"] = start_us + (rng.random(len(flows)) * span_us).astype(np.int64)
        host = self._popular_hosts(len(flows))
        self._ends(flows, host)
        self._payloads(flows, host)
        lookups = self._lookups(flows, host, round(mix.lookups * scale))
        opening = {
            TLS: 11,
            HTTP: 11,
            QUIC: 4,
            OTHER_TCP: 1,
            OTHER_UDP: 1,
        }  # packets before the fillers, and FINs
        fixed = 2 * len(lookups) + sum(
            count * opening[kind] for count, kind in zip(counts, opening, strict=True)
        )
        weight = rng.lognormal(0.0, 1.6, len(flows))
        flows["fillers"] = np.maximum((packets - fixed) * weight / weight.sum(), 1).astype(np.int64)
        length_us = np.minimum(rng.lognormal(2.3, 1.2, len(flows)), 240) * 1e6
        flows["gap_us"] = length_us / flows["fillers"]
        return np.concatenate([lookups, flows])

    def _popular_hosts(self, count: int) -> np.ndarray:
        """A few hosts get most of the connections (Zipf's law)."""
        rank = np.exp(self.rng.random(count) * np.log(HOSTS)).astype(np.int64) - 1
        spread: np.ndarray = rank * 7_919 % HOSTS
        return spread

    def _ends(self, flows: np.ndarray, host: np.ndarray) -> None:
        rng, count = self.rng, len(flows)
        client = rng.integers(0, CLIENTS, count)
        flows["v6"] = (client % 4 == 0) & (rng.random(count) < 0.5)
        flows["vlan"] = np.where(client % 3 == 0, 100 + client % 8, 0)
        flows["client_mac"] = (np.uint64(0x3C5AB4) << np.uint64(24)) | client.astype(np.uint64)
        v4 = V4_MAPPED | (np.uint64(0x0A140000) + np.uint64(256) + client.astype(np.uint64))
        v6 = flows["v6"] == 1
        flows["client_hi"] = np.where(v6, np.uint64(0x2001_0DB8_00FF_0000), np.uint64(0))
        flows["client_lo"] = np.where(v6, np.uint64(0x0200_0000_0000_0000) | client.astype(np.uint64), v4)
        which = rng.integers(0, 2, count)
        flows["server_hi"] = np.where(v6, self.hosts.v6[host, 0], np.uint64(0))
        flows["server_lo"] = np.where(
            v6, self.hosts.v6[host, 1], V4_MAPPED | self.hosts.v4[host, which].astype(np.uint64)
        )
        flows["client_port"] = rng.integers(32_768, 61_000, count)
        flows["server_port"] = np.select(
            [flows["kind"] == HTTP, flows["kind"] == OTHER_TCP, flows["kind"] == OTHER_UDP],
            [
                80,
                rng.choice([443, 8443, 5222, 3389, 25565], count),
                rng.choice([3478, 123, 5004, 19302], count),
            ],
            443,
        )
        flows["options"] = np.where(client % 2 == 0, 12, 0)

    def _payloads(self, flows: np.ndarray, host: np.ndarray) -> None:
        kind = flows["kind"]
        initial = (host // 2) % PREPARED_INITIALS
        flows["opening"] = np.select(
            [kind == TLS, kind == QUIC, kind == HTTP],
            [self.hellos[host, 0], self.initials[initial, 0], self.requests[host]],
            -1,
        )
        flows["parts"] = np.select(
            [kind == TLS, kind == QUIC], [self.hellos[host, 1], self.initials[initial, 1]], 1
        )
        flows["reply"] = np.select(
            [kind == TLS, kind == QUIC, kind == HTTP], [self.flight, self.server_initial, self.response], -1
        )
        flows["whole"] = (kind != OTHER_TCP) & (self.rng.random(len(flows)) < 0.95)

    def _lookups(self, flows: np.ndarray, host: np.ndarray, count: int) -> np.ndarray:
        """A lookup some milliseconds before `count` of the flows; the others have it from their cache."""
        chosen = self.rng.permutation(len(flows))[:count]
        out = flows[chosen].copy()
        family = out["v6"]
        out["kind"], out["v6"] = DNS, 0
        out["client_hi"] = 0
        out["client_lo"] = V4_MAPPED | np.uint64(0x0A140100) + (out["client_mac"] & np.uint64(0xFFFFFF))
        out["server_hi"], out["server_lo"], out["server_port"] = 0, V4_MAPPED | RESOLVER, 53
        out["client_port"] = self.rng.integers(32_768, 61_000, count)
        out["start_us"] -= 30_000
        out["opening"], out["reply"] = (
            self.questions[host[chosen], family],
            self.answers[host[chosen], family],
        )
        out["parts"] = 1
        return out
