"""What hides names: tunnels by shape, by port, by name and by address; whether devices were told not to use them."""

from __future__ import annotations

from collections import Counter

import numpy as np

from auditor.jobs.resolvers import RESOLVERS
from auditor.kernel.dtypes import DNS_ANSWER, DNS_DENIED, DNS_QUERY, NO_NAME
from auditor.kernel.layers import COPY, ESP, MPPE
from auditor.kernel.veiled import VEIL_NAMES
from auditor.records import HostMatch, IntArray, Observed, RecordArray

TCP = 6
DOT_PORT = 853  # DNS over TLS (RFC 7858, 3.1) and, over UDP, over QUIC (RFC 9250, 4.1.1)
HTTPS_PORT = 443
TUNNEL = "tunnel_"  # how the catalogue's ids of tunnels begin

# Devices ask for these before they use the service; no such name, or no address, tells them not to
# (developer.apple.com/support/prepare-your-network-for-icloud-private-relay,
# support.mozilla.org/kb/canary-domain-use-application-dnsnet).
CANARIES = {
    "mask.icloud.com": "private_relay",
    "mask-h2.icloud.com": "private_relay",
    "use-application-dns.net": "firefox_doh",
}
ANSWERS = {DNS_QUERY: "asked", DNS_ANSWER: "allowed", DNS_DENIED: "denied"}

# frames that belong to no flow -> the kind of tunnel that they are
FRAMES_OF = {ESP: "ipsec", MPPE: "pptp"}


def may_be_tunnel(rows: RecordArray, named: IntArray) -> IntArray:
    """Numbers of the slices that `tunnel_of` may call a tunnel; `named` says which have a host of the catalogue."""
    port = rows["server_port"]
    nameless = (port == HTTPS_PORT) & (rows["name"] == NO_NAME)
    return np.flatnonzero((rows["veil"] != 0) | (port == DOT_PORT) | nameless | named)


def tunnel_of(row: np.void, host: str, match: HostMatch | None) -> str:
    """Which kind of tunnel a flow's slice is, '' for none: wireguard openvpn ipsec l2tp pptp dot doq doh relay
    vpn tor web_proxy. What its packets look like says more than its name."""
    if row["veil"]:
        return VEIL_NAMES[row["veil"]]
    if row["server_port"] == DOT_PORT:
        return "dot" if row["proto"] == TCP else "doq"
    if match is not None and match.evidence == "tunnel":
        return match.platform.removeprefix(TUNNEL)
    at_resolver = (int(row["server_hi"]), int(row["server_lo"])) in RESOLVERS
    return "doh" if not host and row["server_port"] == HTTPS_PORT and at_resolver else ""


def canaries(observed: Observed) -> Counter[tuple[int, str]]:
    """How often, by minute, canaries were asked for, and answered with an address or without:
    `canary_<service>_asked`, `_allowed`, `_denied`."""
    rows, names = observed.sightings, observed.names
    found: Counter[tuple[int, str]] = Counter()
    rows = rows[np.isin(rows["kind"], list(ANSWERS))]
    asked = {
        number: CANARIES.get(names[number]) for number in np.unique(rows["name"]).tolist() if number >= 0
    }
    for row in rows[np.isin(rows["name"], [number for number, service in asked.items() if service])]:
        measure = f"canary_{asked[int(row['name'])]}_{ANSWERS[int(row['kind'])]}"
        found[int(row["time_ns"]) // 60_000_000_000, measure] += 1
    return found


def apart(observed: Observed) -> Counter[tuple[int, str]]:
    """What was counted of frames that are in no slice, by minute: copies, and tunnels that are neither TCP nor UDP
    (their bytes are in the sums, too)."""
    found: Counter[tuple[int, str]] = Counter()
    for minute, verdict, frames, size in observed.counted.tolist():
        if verdict == COPY:
            found[minute, "frames_twice"] += frames
            found[minute, "bytes_twice"] += size
            continue
        found[minute, "frames"] += frames
        for measure in ("bytes", "bytes_tunnel", f"bytes_tunnel_{FRAMES_OF[verdict]}"):
            found[minute, measure] += size
    return found
