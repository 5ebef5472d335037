"""Keyed pseudonyms: what is stored and reported in place of people, devices and addresses.

HMAC-SHA256 (RFC 2104) under a key that the district holds: without it a pseudonym can't be turned back by
trying all MAC addresses. The same thing has the same pseudonym as long as the key is kept.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from auditor.errors import BadInput, Problem

KEY_FILE = "pseudonym.key"


def person(key: bytes, employee_id: str) -> str:
    """The pseudonym of an employee: `p-` and 12 hex digits."""
    return "p-" + _digest(key, "person", employee_id)[:12]


def client(key: bytes, mac: str) -> str:
    """The pseudonym of a device's MAC address (`aa:bb:cc:dd:ee:ff`): 16 hex digits."""
    return _digest(key, "mac", mac)[:16]


def address(key: bytes, ip: str) -> str:
    """The pseudonym of an IP address in its canonical text form: 16 hex digits."""
    return _digest(key, "ip", ip)[:16]


def fingerprint(key: bytes) -> str:
    """What tells one key from another and gives nothing of it away: 16 hex digits."""
    return _digest(key, "key", "")[:16]


def load_key(folder: Path, create: bool = True) -> bytes:
    """The key of a district folder; with `create` made (mode 0600) where there is none yet.

    Raises BadInput where there is none or it is no key.
    """
    path = folder / KEY_FILE
    try:
        if not path.exists():
            if not create:
                hint = "restore it from a backup; without it devices and persons are known no more"
                raise BadInput(Problem(str(path), "there is no such file", hint))
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex(32) + "\n")
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except FileExistsError:
        return load_key(folder)
    except ValueError:
        raise BadInput(
            Problem(f"{path}:1", "is not a key", "64 hex digits; restore it from a backup")
        ) from None
    except OSError as error:
        raise BadInput(Problem(str(path), error.strerror or "can't be read or written")) from None
    if len(key) < 16:
        raise BadInput(
            Problem(f"{path}:1", "is too short for a key", "64 hex digits; restore it from a backup")
        )
    return key


def _digest(key: bytes, kind: str, text: str) -> str:
    return hmac.new(key, f"{kind}:{text}".encode(), hashlib.sha256).hexdigest()
