"""The two schools' networks: who has which address, where the gateway and the resolver are."""

from __future__ import annotations

import csv
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from wire.frames import Ends

GATEWAYS = {"elementary": "00:00:5e:00:53:01", "high": "00:00:5e:00:53:02"}  # MACs of RFC 9542, 2.1.2
SECOND_OCTET = {"elementary": 20, "high": 30}
STAFF, STUDENTS, GUESTS = 1, 2, 3  # the third octet of a client's address
VLANS = {STAFF: 30, STUDENTS: 40, GUESTS: 50}  # the high school's sensor sees tagged frames


@dataclass(frozen=True)
class Device:
    device_id: str
    mac: str  # aa:bb:cc:dd:ee:ff
    number: int  # last octet of its addresses
    network: int


class Network:
    def __init__(self, district: Path) -> None:
        self.devices: dict[str, Device] = {}
        with (district / "devices.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                which = {"student": STUDENTS, "guest": GUESTS}.get(row["assigned_to"], STAFF)
                mac = plain_mac(row["mac"])
                self.devices[row["device_id"]] = Device(row["device_id"], mac, int(mac[-2:], 16), which)

    def device(self, name: str) -> Device:
        """A device by its id; a MAC address stands for a device that is in no list."""
        return self.devices.get(name) or Device("", name, 200 + int(name[-2:], 16) % 50, STAFF)

    def of_mac(self, mac: str) -> Device:
        return next((each for each in self.devices.values() if each.mac == mac), self.device(mac))

    def mac(self, name: str) -> str:
        return self.device(name).mac

    def address(self, name: str, sensor: str, version: int = 4) -> str:
        device = self.device(name)
        site = SECOND_OCTET[sensor]
        if version == 6:
            return f"2001:db8:{site}:{device.network}::{device.number:x}"
        return f"10.{site}.{device.network}.{device.number}"

    def resolver(self, sensor: str) -> str:
        return f"10.{SECOND_OCTET[sensor]}.0.53"

    def vlans(self, name: str, sensor: str) -> tuple[int, ...]:
        return (VLANS[self.device(name).network],) if sensor == "high" else ()

    def ends(self, name: str, sensor: str, server: str, client_port: int, server_port: int) -> Ends:
        return Ends(
            self.mac(name),
            GATEWAYS[sensor],
            self.address(name, sensor, ipaddress.ip_address(server).version),
            server,
            client_port,
            server_port,
            self.vlans(name, sensor),
        )


def plain_mac(text: str) -> str:
    digits = "".join(c for c in text.lower() if c in "0123456789abcdef")
    return ":".join(digits[i : i + 2] for i in range(0, 12, 2))
