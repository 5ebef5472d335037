"""Whose a device and an address were at a minute, for the second opinion: one hold at a time."""

from __future__ import annotations

from typing import Any

from slow_rules import holds

from auditor import pseudonym
from auditor.district import DeviceRow, District

Row = dict[str, Any]
CLAIMS = ("arp", "nd")
ASIDE = ("student", "guest")
SOMEBODY = "unknown"  # in a log that doesn't tell the device


class Identity:
    """What leases and log-ons say. Times of logs may be off by `skew` minutes."""

    def __init__(self, district: District, leases: list[Row], key: bytes) -> None:
        self.district, self.key = district, key
        self.leases = [row for row in leases if row["kind"] != "logon"]
        self.logons = [row for row in leases if row["kind"] == "logon"]
        self.skew = -(-district.settings.leases.clock_skew_seconds // 60)

    def holder(self, address: str, minute: int) -> tuple[str, bool, str]:
        """Who had the address: the client or '', whether its MAC is randomised, and why it is not known who."""
        held = [
            lease
            for lease in self.leases
            if lease["address_key"] == address
            and lease["from_minute"] - self.off(lease) <= minute < self.end(lease) + self.off(lease)
            and not self.speaks_for_others(lease)
        ]
        sure = [lease for lease in held if lease["from_minute"] <= minute < self.end(lease)]
        standing = [
            lease
            for lease in sure
            if self.stands(lease, held, minute)
            and not any(minute >= other["since_minute"] for other in self.may_follow(lease))
        ]
        if standing:
            assert len({lease["client_key"] for lease in standing}) == 1
            client = standing[0]["client_key"]
            return ("", False, "unknown_device") if client == SOMEBODY else (client, self.hides(client), "")
        for word in ASIDE:
            if any(self.aside(lease["client_key"], minute) == word for lease in held):
                return word, False, ""
        return "", False, "disputed" if sure else "no_lease"

    def hides(self, client: str) -> bool:
        return any(lease["randomised"] for lease in self.leases if lease["client_key"] == client)

    def off(self, lease: Row) -> int:
        return self.skew if lease["logged"] else 0

    def speaks_for_others(self, claim: Row) -> bool:
        """Whether a claim is of a device that claims more addresses than one has."""
        claimed = {
            lease["address_key"]
            for lease in self.leases
            if lease["client_key"] == claim["client_key"] and lease["kind"] in CLAIMS
        }
        return claim["kind"] in CLAIMS and claim["client_key"] not in ASIDE and len(claimed) > 16

    def may_follow(self, lease: Row) -> list[Row]:
        """What other devices' holds may have begun since the lease was last seen to hold."""
        return [
            other
            for other in self.leases
            if other["address_key"] == lease["address_key"]
            and other["client_key"] != lease["client_key"]
            and other["kind"] not in CLAIMS
            and other["to_minute"] > lease["since_minute"]
            and other["since_minute"] + self.apart(lease, other) >= lease["seen_minute"]
        ]

    def end(self, lease: Row) -> int:
        """When it is over for good: it ends, or another device has got the address by another lease."""
        followed = [
            other["since_minute"] + self.off(other)
            for other in self.may_follow(lease)
            if other["since_minute"] > lease["seen_minute"] + self.apart(lease, other)
        ]
        return min([lease["to_minute"], *followed])

    def apart(self, one: Row, other: Row) -> int:
        return 0 if other["source"] == one["source"] else self.off(one) + self.off(other)

    def stands(self, lease: Row, held: list[Row], minute: int) -> bool:
        """Whether nothing that holds, or may hold, at the same minute speaks for another device."""
        for other in held:
            if other["client_key"] == lease["client_key"]:
                continue
            if minute < lease["since_minute"] + self.off(lease):
                return False  # the other may still have it
            if other["seen_minute"] + self.apart(lease, other) >= lease["since_minute"]:
                return False  # the other was seen to have it since
            if lease["kind"] in CLAIMS and other["kind"] not in CLAIMS:
                return False
        return True

    def device(self, client: str, minute: int) -> DeviceRow | None:
        for row in self.district.devices:
            if pseudonym.client(self.key, row.mac) == client and holds(row, minute):
                return row
        return None

    def aside(self, client: str, minute: int) -> str:
        """`student` or `guest` where a device is one's at the minute."""
        device = self.device(client, minute)
        word = device.assigned_to if device else client
        return word if word in ASIDE else ""

    def logged_on(self, client: str, minute: int) -> tuple[str, set[str], bool]:
        """Who was logged on at a device: the person if that is sure, all that it may have been, whether they are
        several."""
        near = [
            one
            for one in self.logons
            if one["client_key"] == client
            and one["from_minute"] - self.skew <= minute < one["to_minute"] + self.skew
        ]
        sure = [one for one in near if one["from_minute"] <= minute < one["to_minute"]]
        standing = {one["person"] for one in sure if self.is_sure(one, near, minute)}
        if standing:
            (person,) = standing
            return person, standing - {""}, False
        persons = {one["person"] for one in near} - {""}
        return "", persons, bool(sure and persons)

    def is_sure(self, logon: Row, near: list[Row], minute: int) -> bool:
        for other in near:
            if other["person"] == logon["person"]:
                continue
            apart = 0 if other["source"] == logon["source"] else 2 * self.skew
            if (
                minute < logon["from_minute"] + self.skew
                or other["seen_minute"] + apart >= logon["from_minute"]
            ):
                return False
        return True
