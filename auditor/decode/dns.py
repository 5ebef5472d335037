"""DNS messages: what was asked, and what the answers give for the name asked: further names, addresses, ECH keys.

RFC 1035, 4 (messages); RFC 3596 (AAAA); RFC 9460 (SVCB and HTTPS records), RFC 9848 (their `ech`).
Read as far as a message is sound, as `kernel.dns` does it for datagrams; the authority section says nothing.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import NamedTuple

from auditor.decode.names import spell_host, spell_label

TYPE_A, TYPE_CNAME, TYPE_AAAA, TYPE_SVCB, TYPE_HTTPS = 1, 5, 28, 64, 65
CLASS_INTERNET = 1
CLASS_MASK = 0x7FFF  # multicast DNS uses the top bit for itself (RFC 6762, 10.2)

MAX_NAME = 255
MAX_POINTERS = 127  # in one name: as many as it can have labels
MAX_QUESTIONS = 64  # unicast messages have one, multicast ones a handful
MAX_CHAIN = 12  # names that the one asked leads to
MAX_ADDRESSES = 1024  # and keys, given of one message
MAX_ROUNDS = 4  # over the records of a message whose chain is out of order

_HEADER_LENGTH = 12
_PARAM_IPV4HINT, _PARAM_ECH, _PARAM_IPV6HINT = 4, 5, 6
_ECH_VERSION = 0xFE0D  # of an ECHConfig (RFC 9849, 4)
_MAX_CONFIGS = 8  # looked at for one that is known

QUERY = 0  # the opcode of an ordinary query


class Question(NamedTuple):
    """What is asked for."""

    name: str
    qtype: int


class Answer(NamedTuple):
    """A record of an address or an alias."""

    owner: str
    rtype: int  # TYPE_A, TYPE_AAAA or TYPE_CNAME
    ttl_s: int
    value: str  # the address or the alias's target


class Service(NamedTuple):
    """An SVCB or HTTPS record."""

    owner: str
    ttl_s: int
    target: str  # "" stands for the owner's own name
    has_ech: bool  # it gives keys for encrypted_client_hello
    hints: tuple[str, ...]  # addresses, IPv4 first
    public_name: str = ""  # of the keys: what a hello that uses them shows


class Told(NamedTuple):
    """What a response says of the name asked."""

    kind: str  # ALIAS, ADDRESS, HINT or KEYS
    value: str  # a name it leads to, an address, the public name of its keys
    ttl_s: int  # the smallest of the chain


ALIAS, ADDRESS, HINT, KEYS = "alias", "address", "hint", "keys"


class Address(NamedTuple):
    """An address for a name that was asked."""

    host: str
    address: str
    ttl_s: int  # the smallest of the chain


@dataclass(frozen=True, slots=True)
class DnsMessage:
    """One message."""

    id: int
    response: bool
    opcode: int  # 0 is an ordinary query
    rcode: int
    truncated: bool  # the sender says so: the whole is to be had over TCP
    asked: str  # the first question's name, "" where it has none that is sound
    questions: tuple[Question, ...]
    records: tuple[Answer | Service, ...]  # of the answer section
    additional: tuple[Answer | Service, ...]  # of that section, where it can be read
    complete: bool  # False where the bytes end, or turn unsound, before the answers do

    @property
    def answers(self) -> tuple[Answer, ...]:
        """The addresses and aliases of the answer section."""
        return tuple(record for record in self.records if isinstance(record, Answer))

    @property
    def services(self) -> tuple[Service, ...]:
        """The SVCB and HTTPS records of the answer section."""
        return tuple(record for record in self.records if isinstance(record, Service))


def message(data: bytes, tcp: bool = False) -> DnsMessage | None:
    """One message; over TCP with the two bytes of its length before it. None where not even a header is."""
    if tcp:
        data = data[2 : 2 + int.from_bytes(data[:2])]
    if len(data) < _HEADER_LENGTH:
        return None
    counts = [int.from_bytes(data[at : at + 2]) for at in range(4, _HEADER_LENGTH, 2)]
    flags = int.from_bytes(data[2:4])
    questions, at = _questions(data, counts[0])
    records, at = _records(data, at, counts[1])
    behind = at
    _, at = _records(data, at, counts[2])
    additional, _ = _records(data, at, counts[3])
    return DnsMessage(
        id=int.from_bytes(data[:2]),
        response=bool(flags & 0x8000),
        opcode=flags >> 11 & 15,
        rcode=flags & 15,
        truncated=bool(flags & 0x0200),
        asked=(_name(data, _HEADER_LENGTH)[0] or "") if questions else "",
        questions=tuple(questions),
        records=tuple(records),
        additional=tuple(additional),
        complete=behind >= 0,
    )


def tcp_messages(stream: bytes) -> tuple[list[bytes], int]:
    """The whole messages of a stream (RFC 1035, 4.2.2), without their lengths, and the bytes they take up."""
    found: list[bytes] = []
    at = 0
    while at + 2 <= len(stream):
        end = at + 2 + int.from_bytes(stream[at : at + 2])
        if end > len(stream):
            break
        found.append(stream[at + 2 : end])
        at = end
    return found, at


def answers_for(message: DnsMessage) -> list[Address]:
    """Each address of the answer section, under the name asked; one that is reached twice is given once."""
    found: dict[str, int] = {}
    for each in told(message):
        if each.kind == ADDRESS:
            found[each.value] = min(found.get(each.value, each.ttl_s), each.ttl_s)
    return [Address(message.asked, address, ttl_s) for address, ttl_s in found.items()]


def told(message: DnsMessage) -> list[Told]:
    """What a response says of the name asked: the further names that it leads to, by CNAME, HTTPS or SVCB records
    whatever their order; then addresses, such as are but hinted at (RFC 9460, 7.3) or stand in the additional
    section, and keys. Nothing where it gives but names."""
    reached = _reached(message)
    found: list[Told] = []
    for number, record in enumerate((*message.records, *message.additional)):
        ttl_s = min(record.ttl_s, reached.get(record.owner, -1))
        if ttl_s < 0:
            continue
        if len(found) >= MAX_ADDRESSES:
            break
        if isinstance(record, Service):
            if _serves_a_host(message.asked):
                found += [Told(KEYS, record.public_name, ttl_s)] if record.has_ech else []
                found += [Told(HINT, address, ttl_s) for address in record.hints]
        elif record.rtype != TYPE_CNAME:
            found.append(Told(ADDRESS if number < len(message.records) else HINT, record.value, ttl_s))
    aliases = [Told(ALIAS, name, ttl_s) for name, ttl_s in reached.items() if name != message.asked]
    return aliases + found[:MAX_ADDRESSES] if found else []


def _reached(message: DnsMessage) -> dict[str, int]:
    """The name asked and those that it leads to, each with the smallest TTL on the way."""
    if not message.asked:
        return {}
    reached = {message.asked: 0xFFFFFFFF}
    for _ in range(MAX_ROUNDS):
        known, late = len(reached), False
        for record in (*message.records, *message.additional):
            if isinstance(record, Service):
                target = record.target if _serves_a_host(message.asked) else ""
            else:
                target = record.value if record.rtype == TYPE_CNAME else ""
            if not target:
                continue
            if record.owner not in reached:
                late = True
            elif target not in reached and len(reached) <= MAX_CHAIN:
                reached[target] = min(record.ttl_s, reached[record.owner])
        if not late or len(reached) == known:
            break
    return reached


def _serves_a_host(name: str) -> bool:
    """Whether HTTPS and SVCB records of a name are of a host; `_dns.resolver.arpa` and the like are none."""
    return not name.startswith("_")


def _questions(data: bytes, count: int) -> tuple[list[Question], int]:
    """The question section and where it ends, -1 where it can't be read to its end."""
    found: list[Question] = []
    at = _HEADER_LENGTH
    for _ in range(count):
        name, at = _name(data, at)
        if at < 0 or at + 4 > len(data) or len(found) == MAX_QUESTIONS:
            return found, -1
        if name is not None:
            found.append(Question(name, int.from_bytes(data[at : at + 2])))
        at += 4
    return found, at


def _records(data: bytes, at: int, count: int) -> tuple[list[Answer | Service], int]:
    """A section from `at`, and where it ends, -1 where it can't be read to its end."""
    found: list[Answer | Service] = []
    for _ in range(count if at >= 0 else 0):
        owner, at = _name(data, at)
        if at < 0 or at + 10 > len(data):
            return found, -1
        rtype, rclass = int.from_bytes(data[at : at + 2]), int.from_bytes(data[at + 2 : at + 4])
        ttl_s = int.from_bytes(data[at + 4 : at + 8])
        ttl_s = 0 if ttl_s & 0x80000000 else ttl_s  # RFC 2181, 8
        start = at + 10
        at = start + int.from_bytes(data[at + 8 : at + 10])
        if at > len(data):
            return found, -1
        if owner is None or rclass & CLASS_MASK != CLASS_INTERNET:
            continue
        if rtype in (TYPE_HTTPS, TYPE_SVCB):
            service = _service(data, start, at, owner, ttl_s)
            found += [service] if service else []
        elif value := _value(data, start, at, rtype):
            found.append(Answer(owner, rtype, ttl_s, value))
    return found, at


def _value(data: bytes, start: int, end: int, rtype: int) -> str | None:
    if rtype == TYPE_A:
        return _address(data[start:end], 4)
    if rtype == TYPE_AAAA:
        return _address(data[start:end], 16)
    if rtype == TYPE_CNAME:
        name, after = _name(data, start)
        return name if after == end else None
    return None


def _service(data: bytes, start: int, end: int, owner: str, ttl_s: int) -> Service | None:
    """SvcPriority, TargetName, then parameters: key, length, value, by rising keys (RFC 9460, 2.2);
    none in AliasMode."""
    target, at = _name(data, start + 2)
    if not 0 <= at <= end:
        return None
    params: dict[int, bytes] = {}
    while data[start : start + 2] != b"\0\0" and at + 4 <= end:
        key = int.from_bytes(data[at : at + 2])
        value_at = at + 4
        at = value_at + int.from_bytes(data[at + 2 : at + 4])
        if at > end or key <= max(params, default=-1):
            break
        params[key] = data[value_at:at]
    return Service(
        owner,
        ttl_s,
        target or "",
        _PARAM_ECH in params,
        _addresses(params.get(_PARAM_IPV4HINT, b""), 4) + _addresses(params.get(_PARAM_IPV6HINT, b""), 16),
        _public_name(params.get(_PARAM_ECH, b"")),
    )


def _public_name(configs: bytes) -> str:
    """The public name of the first known ECHConfig of a list (RFC 9849, 4), "" for none."""
    at = 2
    for _ in range(_MAX_CONFIGS):
        behind = at + 4 + int.from_bytes(configs[at + 2 : at + 4])
        if at + 4 > len(configs) or behind > len(configs):
            break
        if int.from_bytes(configs[at : at + 2]) == _ECH_VERSION:
            config = configs[at + 7 : behind]  # behind config_id and kem_id
            for _ in range(2):  # public_key, cipher_suites
                config = config[2 + int.from_bytes(config[:2]) :]
            name = config[2 : 2 + config[1]] if len(config) > 1 else b""  # behind maximum_name_length
            return spell_host(name) if name and len(name) == config[1] else ""
        at = behind
    return ""


def _addresses(raw: bytes, size: int) -> tuple[str, ...]:
    return tuple(
        address for at in range(0, len(raw), size) if (address := _address(raw[at : at + size], size))
    )


def _address(raw: bytes, size: int) -> str | None:
    if len(raw) != size:
        return None
    return socket.inet_ntop(socket.AF_INET if size == 4 else socket.AF_INET6, raw)


def _name(data: bytes, at: int) -> tuple[str | None, int]:
    """A name and where it ends, -1 where that can't be told; None for one that is unsound or too long.

    A pointer must lead to before the piece of name it stands in, so every name comes to an end.
    """
    labels: list[str] = []
    length = 0
    pointers = 0
    piece = at  # where the present piece of the name begins
    end = -1  # where the name ends in place, once a pointer has led away
    while at < len(data):
        octet = data[at]
        if octet >= 0xC0:  # pointer
            if at + 2 > len(data):
                break
            end = at + 2 if end < 0 else end
            if length >= MAX_NAME:
                return None, end
            target = int.from_bytes(data[at : at + 2]) & 0x3FFF
            pointers += 1
            if not _HEADER_LENGTH <= target < piece or pointers > MAX_POINTERS:
                break
            at = piece = target
        elif octet >= 0x40:  # reserved
            break
        elif octet == 0:
            return ".".join(labels) if length < MAX_NAME else None, at + 1 if end < 0 else end
        else:
            length += 1 + octet
            if at + 1 + octet > len(data):
                break
            if length < MAX_NAME:
                labels.append(spell_label(data[at + 1 : at + 1 + octet]))
            elif end >= 0:
                return None, end
            at += 1 + octet
    return None, end
