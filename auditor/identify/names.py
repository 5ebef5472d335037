"""How a host name is spelled and cut into suffixes; the one place that knows both.

Names compare by whole labels, without regard to case; a trailing dot means nothing (RFC 1035, 2.3.3, 3.1).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

LONGEST_NAME = 253  # characters of a host name without its trailing dot (RFC 1035, 2.3.4)

_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_LABELS = re.compile(rf"(?:{_LABEL.pattern}\.)+{_LABEL.pattern}")


def normal(host: str) -> str:
    """The host in lower case and without its trailing dot."""
    return host.lower().removesuffix(".")


def suffixes(host: str) -> Iterator[str]:
    """The host and all that follows its dots, the longest first: `a.b.c`, `b.c`, `c`.

    Nothing for what is too long to be a name: hostile input stays cheap.
    """
    rest = normal(host)
    if len(rest) > LONGEST_NAME:
        return
    while rest:
        yield rest
        rest = rest.partition(".")[2]


def public_name(host: str, public_names: Collection[str]) -> bool:
    """Whether a hello for this host is the outer one of an ECH connection: its true name is elsewhere."""
    return any(suffix in public_names for suffix in suffixes(host))


def spelling_fault(host: str) -> tuple[str, str] | None:
    """What is wrong with a host as the catalogue spells it, and a hint; None if nothing is.

    A host has one spelling there: labels in lower case, no scheme, port, wildcard or outer dot.
    """
    if _LABELS.fullmatch(host) and len(host) <= LONGEST_NAME and not host.rpartition(".")[2].isdigit():
        return None
    if not host.strip():
        return "an empty host", "leave the entry out"
    if any(character.isspace() for character in host):
        return f"a space in the host {host!r}", "one host in each pair of quotation marks"
    if "://" in host or "/" in host or ":" in host:
        return f"{host!r} is an address of a page", "only the host, without https://, port or path"
    if "*" in host:
        return f"a wildcard in {host!r}", "the suffix alone: every host under it matches"
    if host.startswith(".") or host.endswith("."):
        return f"a dot at the edge of {host!r}", "leave it out"
    if not host.isascii():
        return f"{host!r} is not in ASCII", "the form that travels in DNS, beginning with xn--"
    if host != host.lower():
        return f"capital letters in {host!r}", f"{host.lower()!r}"
    labels = host.split(".")
    if len(labels) == 1:
        return f"{host!r} is a single label", "it would match a whole top-level domain"
    if labels[-1].isdigit():
        return f"{host!r} is an IP address", "the catalogue matches names only"
    if len(host) > LONGEST_NAME or not all(_LABEL.fullmatch(label) for label in labels):
        return f"{host!r} is not a host name", "letters, digits and hyphens between single dots"
    return None
