"""DNS messages: what was asked, and which addresses the answers give for the name asked.

RFC 1035, 4 (messages); RFC 3596 (AAAA); RFC 9460 (SVCB and HTTPS records), RFC 9848 (their `ech`).
Read as far as a message is sound; the authority and additional sections say nothing that is wanted here.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from auditor.decode.names import spell_label

TYPE_A, TYPE_CNAME, TYPE_AAAA, TYPE_SVCB, TYPE_HTTPS = 1, 5, 28, 64, 65
CLASS_INTERNET = 1
CLASS_MASK = 0x7FFF  # multicast DNS uses the top bit for itself (RFC 6762, 10.2)

MAX_NAME = 255
MAX_POINTERS = 127  # in one name: as many as it can have labels
MAX_QUESTIONS = 64  # unicast messages have one, multicast ones a handful
MAX_CHAIN = 32  # aliases followed from the name asked
MAX_ADDRESSES = (
    1024  # given of one message, or 64 names that lead to the same 4000 would make a quarter of a million
)

_HEADER_LENGTH = 12
_PARAM_IPV4HINT, _PARAM_ECH, _PARAM_IPV6HINT = 4, 5, 6


QUERY = 0  # the opcode of an ordinary query


class Question(NamedTuple):
    """What is asked for."""

    name: str
    qtype: int


class Answer(NamedTuple):
    """A record of the answer section: an address or an alias."""

    owner: str
    rtype: int  # TYPE_A, TYPE_AAAA or TYPE_CNAME
    ttl_s: int
    value: str  # the address or the alias's target


class Service(NamedTuple):
    """An SVCB or HTTPS record of the answer section."""

    owner: str
    ttl_s: int
    target: str  # "" stands for the owner's own name
    has_ech: bool  # it gives keys for encrypted_client_hello
    hints: tuple[str, ...]  # addresses, IPv4 first


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
    questions: tuple[Question, ...]
    answers: tuple[Answer, ...]
    services: tuple[Service, ...]
    complete: bool  # False where the bytes end, or turn unsound, before the answers do


def message(data: bytes, tcp: bool = False) -> DnsMessage | None:
    """One message; over TCP with the two bytes of its length before it. None where not even a header is."""
    if tcp:
        data = data[2 : 2 + int.from_bytes(data[:2])]
    if len(data) < _HEADER_LENGTH:
        return None
    flags, question_count, answer_count = (int.from_bytes(data[at : at + 2]) for at in (2, 4, 6))
    questions, at = _questions(data, question_count)
    records, at = _records(data, at, answer_count)
    return DnsMessage(
        id=int.from_bytes(data[:2]),
        response=bool(flags & 0x8000),
        opcode=flags >> 11 & 15,
        rcode=flags & 15,
        truncated=bool(flags & 0x0200),
        questions=tuple(questions),
        answers=tuple(record for record in records if isinstance(record, Answer)),
        services=tuple(record for record in records if isinstance(record, Service)),
        complete=at >= 0,
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
    """Each address that answers a question, under the name asked.

    The chain of CNAMEs is followed whatever their order; an address reached twice is given once.
    """
    aliases: dict[str, Answer] = {}
    addresses: dict[str, list[Answer]] = {}
    for answer in message.answers:
        if answer.rtype == TYPE_CNAME:
            aliases.setdefault(answer.owner, answer)
        else:
            addresses.setdefault(answer.owner, []).append(answer)
    found: dict[tuple[str, str], int] = {}
    for asked in dict.fromkeys(question.name for question in message.questions):
        for owner, chain_ttl_s in _chain(asked, aliases):
            for answer in addresses.get(owner, ()):
                key = asked, answer.value
                if key not in found and len(found) == MAX_ADDRESSES:
                    break
                found[key] = min(found.get(key, answer.ttl_s), answer.ttl_s, chain_ttl_s)
    return [Address(asked, address, ttl_s) for (asked, address), ttl_s in found.items()]


def _chain(asked: str, aliases: dict[str, Answer]) -> Iterator[tuple[str, int]]:
    """The name asked and those its aliases lead to, each with the smallest TTL on the way."""
    name, ttl_s = asked, 0xFFFFFFFF
    seen = {name}
    yield name, ttl_s
    while name in aliases and len(seen) <= MAX_CHAIN:
        ttl_s = min(ttl_s, aliases[name].ttl_s)
        name = aliases[name].value
        if name in seen:
            return
        seen.add(name)
        yield name, ttl_s


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
    """The answer section from `at`, and where it ends, -1 where it can't be read to its end."""
    found: list[Answer | Service] = []
    for _ in range(count if at >= 0 else 0):
        owner, at = _name(data, at)
        if at < 0 or at + 10 > len(data):
            return found, -1
        rtype, rclass = int.from_bytes(data[at : at + 2]), int.from_bytes(data[at + 2 : at + 4])
        ttl_s = int.from_bytes(data[at + 4 : at + 8])
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
    """SvcPriority, TargetName, then parameters: key, length, value (RFC 9460, 2.2)."""
    target, at = _name(data, start + 2)
    if target is None or at > end:
        return None
    has_ech = False
    hints: dict[int, list[str]] = {_PARAM_IPV4HINT: [], _PARAM_IPV6HINT: []}
    while at + 4 <= end:
        key = int.from_bytes(data[at : at + 2])
        value_at = at + 4
        at = value_at + int.from_bytes(data[at + 2 : at + 4])
        if at > end:
            break
        has_ech = has_ech or key == _PARAM_ECH
        if key in hints:
            size = 4 if key == _PARAM_IPV4HINT else 16
            hints[key] += [
                address
                for each in range(value_at, at, size)
                if (address := _address(data[each : min(each + size, at)], size))
            ]
    return Service(owner, ttl_s, target, has_ech, tuple(hints[_PARAM_IPV4HINT] + hints[_PARAM_IPV6HINT]))


def _address(raw: bytes, size: int) -> str | None:
    if len(raw) != size:
        return None
    return socket.inet_ntop(socket.AF_INET if size == 4 else socket.AF_INET6, raw)


def _name(data: bytes, at: int) -> tuple[str | None, int]:
    """A name and where it ends, -1 where it is unsound; None for a name that is too long but has an end.

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
    return None, -1
