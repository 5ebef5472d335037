"""`auditor.toml` as typed settings. Every key has a default; unknown keys and wrong types are mistakes.

The models say what is allowed; `tomlfile` reads the file and gives each mistake its line.
"""

from __future__ import annotations

from difflib import get_close_matches
from ipaddress import ip_network
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field
from pydantic.functional_validators import AfterValidator
from pydantic_core import PydanticCustomError

Prong = Literal["work_time", "equipment", "wifi"]
PRONGS: tuple[Prong, ...] = ("work_time", "equipment", "wifi")
TimeProng = Literal["work_time", "school_hours"]


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # OSError: the name of a folder of zones ("America")
        known = sorted(available_timezones())
        near = get_close_matches(name, known, n=1) or [
            zone for zone in known if zone.rpartition("/")[2].casefold() == name.replace(" ", "_").casefold()
        ]
        hint = f"did you mean `{near[0]}`?" if near else "an IANA name such as `America/Chicago`"
        raise PydanticCustomError("bad_value", "is not a known time zone", {"hint": hint}) from None
    return name


def _network(text: str) -> str:
    try:
        return str(ip_network(text, strict=False))
    except ValueError:
        hint = {"hint": "an address and a prefix length, such as `10.20.0.0/16`"}
        raise PydanticCustomError("bad_value", "is not a network", hint) from None


TimeZone = Annotated[str, AfterValidator(_time_zone)]
Network = Annotated[str, AfterValidator(_network)]
# The sensor's name becomes the name of a folder in the warehouse.
SensorName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=64)]
Days = Annotated[int, Field(ge=1, le=36_500)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class DistrictSection(_Section):
    """`[district]`"""

    name: str = "School district"
    timezone: TimeZone = "America/Chicago"


class PolicySection(_Section):
    """`[policy]`: how IV.B is read."""

    # A TOML array is a list; the elements are still held to their type.
    enforce: Annotated[tuple[Prong, ...], Field(strict=False)] = PRONGS
    # What decides the first of them: the employee's work time, or the school hours of the site.
    time_prong: TimeProng = "work_time"
    exception_max_days: Days = 180

    @property
    def reading(self) -> tuple[str, ...]:
        """The prongs in force in the order of the clause, the first by what decides it."""
        return tuple(
            self.time_prong if prong == "work_time" else prong for prong in PRONGS if prong in self.enforce
        )


class UsageSection(_Section):
    """`[usage]`: what counts as use."""

    idle_minutes: Annotated[int, Field(ge=0, le=1440)] = 5
    active_bytes: Annotated[int, Field(ge=0)] = 2000
    dns_grace_seconds: Annotated[int, Field(ge=0, le=86_400)] = 300


class LeasesSection(_Section):
    """`[leases]`: how lease files and logs are read."""

    lease_hours: Annotated[int, Field(ge=1, le=8760)] = 8
    clock_skew_seconds: Annotated[int, Field(ge=0, le=3600)] = 120
    realms: Annotated[tuple[str, ...], Field(strict=False)] = ()

    @property
    def skew_minutes(self) -> int:
        """The clock minutes within which a log's time may be another, rounded up."""
        return -(-self.clock_skew_seconds // 60)


class PrivacySection(_Section):
    """`[privacy]`"""

    minimum_cell: Annotated[int, Field(ge=1)] = 10


class RetentionSection(_Section):
    """`[retention]`: days that things are kept."""

    captures_days: Days = 30
    activity_days: Days = 180
    findings_days: Days = 1095


class SensorSection(_Section):
    """`[[sensors]]`: a place where traffic is captured."""

    name: SensorName
    site: str = ""
    captures: str = ""  # glob, relative to the district folder
    sees_client_mac: bool = True
    networks: Annotated[tuple[Network, ...], Field(strict=False)] = ()


class SiteSection(_Section):
    """`[[sites]]`: what is known of a site beside staff.csv."""

    name: Annotated[str, Field(min_length=1)]
    school_hours: Annotated[str, Field(min_length=1)]  # a schedule of schedules.csv


class MailSection(_Section):
    """`[mail]`: holds no keys yet."""


class StorageSection(_Section):
    """`[storage]`"""

    warehouse: Annotated[str, Field(min_length=1)] = (
        "warehouse"  # relative to the district folder, or absolute
    )


class Settings(_Section):
    """The whole of `auditor.toml`."""

    district: DistrictSection = DistrictSection()
    policy: PolicySection = PolicySection()
    usage: UsageSection = UsageSection()
    leases: LeasesSection = LeasesSection()
    privacy: PrivacySection = PrivacySection()
    retention: RetentionSection = RetentionSection()
    sensors: Annotated[tuple[SensorSection, ...], Field(strict=False)] = ()
    sites: Annotated[tuple[SiteSection, ...], Field(strict=False)] = ()
    mail: MailSection = MailSection()
    storage: StorageSection = StorageSection()
