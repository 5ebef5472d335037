"""Numbers of the layers that unwrapping goes through, and of the verdicts it may end with."""

from __future__ import annotations

# headers that wrap
(
    ETHERNET, VLAN, VNTAG, ETAG, PBB, MPLS, PPPOE, PPP, NULL, SLL, SLL2, PRISM, RADIOTAP, PPI, FDDI, NFLOG,
    PFLOG, IEEE80211, IEEE80211_SWAPPED, IP, IPV4, IPV6, AH, GRE, UDP, TCP,
) = range(1, 27)  # fmt: skip

# verdicts: how unwrapping ended where it did not reach TCP or UDP
(
    SHORT, NOT_IP, ENCRYPTED, FRAGMENT, OTHER_PROTOCOL, UNKNOWN, TOO_DEEP, ARP, DISCOVERY, ESP, MPPE,
) = range(32, 43)  # fmt: skip
COPY = 47  # a TCP or UDP packet that is there a second time

VERDICTS = {
    SHORT: "frame cut or malformed",
    NOT_IP: "not IP",
    ENCRYPTED: "802.11 frame encrypted",
    FRAGMENT: "IP fragment",
    OTHER_PROTOCOL: "IP, neither TCP nor UDP",
    UNKNOWN: "link type not read",
    TOO_DEEP: "wrapped too deep",
    ARP: "not IP",
    DISCOVERY: "IP, neither TCP nor UDP",
    ESP: "IPsec (ESP), which can't be read",
    MPPE: "PPP compressed or encrypted (PPTP), which can't be read",
    COPY: "frame seen twice, counted once",
}

DEPTH = 16  # headers unwrapped at the most in one frame
COUNTERS = 48  # room for every number above
