"""Link types by number (tcpdump.org/linktypes.html): which can be read, and what the others are called."""

from __future__ import annotations

from auditor.errors import Problem

READABLE = frozenset(
    {0, 1, 9, 10, 12, 14, 50, 51, 101, 104, 105, 108, 113, 117, 119, 127, 163, 166, 192, 228, 229, 239, 276}
)

NAMES = {
    3: "AX25", 6: "IEEE802_5 (Token Ring)", 7: "ARCNET_BSD", 8: "SLIP", 100: "ATM_RFC1483",
    107: "FRELAY (Frame Relay)", 109: "ENC", 122: "IP_OVER_FC", 138: "APPLE_IP_OVER_IEEE1394", 143: "DOCSIS",
    144: "LINUX_IRDA", 165: "BACNET_MS_TP", 187: "BLUETOOTH_HCI_H4",
    189: "USB_LINUX", 195: "IEEE802_15_4_WITHFCS", 201: "BLUETOOTH_HCI_H4_WITH_PHDR", 203: "LAPD",
    220: "USB_LINUX_MMAPPED", 226: "IPNET", 227: "CAN_SOCKETCAN", 230: "IEEE802_15_4_NOFCS", 240: "NETANALYZER",
    247: "INFINIBAND", 248: "SCTP", 249: "USBPCAP", 251: "BLUETOOTH_LE_LL", 252: "WIRESHARK_UPPER_PDU",
    253: "NETLINK", 254: "BLUETOOTH_LINUX_MONITOR", 258: "PKTAP", 272: "NORDIC_BLE", 283: "IEEE802_15_4_TAP",
}  # fmt: skip


def called(link: int) -> str:
    """`SLIP (8)`, or the number alone."""
    if 147 <= link <= 162:
        return f"USER{link - 147} ({link})"
    return f"{NAMES[link]} ({link})" if link in NAMES else str(link)


def unreadable(path: str, link: int) -> Problem:
    """What to say of a capture of a link type that can't be read."""
    what = f"is of link type {called(link)}, which can't be read"
    return Problem(
        path, what, "capture on an Ethernet, wi-fi or IP interface, without monitor encapsulations"
    )
