"""QUIC: the ClientHello out of a client's Initial packets.

Long headers: RFC 9000, 17.2. Frames: 12.4 and 19. Version 2: RFC 9369. Initials can be read by who sees
them on the wire: their keys follow from a connection ID in the header (RFC 9001, 5.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.decode import quic_google
from auditor.decode.quic_keys import ClientKeys, Scheme, schemes
from auditor.decode.tls import Hello, NeedMore, handshake_hello

MAX_INITIALS = 16  # read of one connection
MAX_CRYPTO = 32768  # bytes of handshake held of one connection
MAX_CONNECTION_ID = 20

_LONG_HEADER = 0x80
_NOT_PADDING = re.compile(rb"[^\0]")

_PING, _ACK, _ACK_ECN, _CRYPTO = 0x01, 0x02, 0x03, 0x06
_CLOSE, _CLOSE_APPLICATION = 0x1C, 0x1D
_GOOGLE_PING, _GOOGLE_CRYPTO = 0x07, 0x08  # Google's own numbers


@dataclass(frozen=True, slots=True)
class _Initial:
    version: int
    connection_id: bytes  # the destination's
    packet: bytes
    number_at: int  # where the packet number begins


def looks_initial(payload: bytes) -> bool:
    """Whether a UDP payload may hold a client's hello: cheap, and a few others pass."""
    if quic_google.clear_version(payload):
        return True
    if len(payload) < 7 or not payload[0] & _LONG_HEADER or payload[5] > MAX_CONNECTION_ID:
        return False
    kind = payload[0] >> 4 & 3
    return any(kind == scheme.initial_type for scheme in schemes(int.from_bytes(payload[1:5])))


class InitialReader:
    """Reads the UDP payloads that one client sent to one server, in the order seen."""

    __slots__ = ("_crypto", "_ids", "_initials", "_keys", "_proven", "_version", "done")

    def __init__(self) -> None:
        self.done = False  # True once nothing more will come: the hello was given, or a bound was reached
        self._initials = 0
        self._version = 0
        self._ids: list[bytes] = []
        self._keys: dict[tuple[Scheme, bytes], ClientKeys] = {}
        self._proven: tuple[Scheme, bytes] | None = None  # the keys that opened the last Initial
        self._crypto = _Crypto()

    @property
    def begun(self) -> bool:
        """Whether an Initial was opened: their sender is a client."""
        return self._proven is not None

    def feed(self, payload: bytes) -> Hello | None:
        """Take one payload; the hello when it completes it. Bytes that are no QUIC are passed over."""
        if self.done:
            return None
        if quic_google.clear_version(payload):
            self._initials += 1
            return self._end(quic_google.clear_hello(payload))
        for initial in _initials(payload):
            self._initials += 1
            hello = self._read(initial)
            if hello or self._initials >= MAX_INITIALS:
                return self._end(hello)
        return None

    def _end(self, hello: Hello | None) -> Hello | None:
        self.done = hello is not None or self._initials >= MAX_INITIALS
        return hello

    def _read(self, initial: _Initial) -> Hello | None:
        scheme, frames = self._open(initial)
        if scheme is None:
            return None
        if initial.version != self._version:  # after version negotiation the client begins anew
            self._version = initial.version
            self._crypto = _Crypto()
        for offset, data in _crypto_frames(frames, scheme.google_frames):
            self._crypto.put(offset, data)
        return self._crypto.hello()

    def _open(self, initial: _Initial) -> tuple[Scheme | None, bytes]:
        """Try the keys that worked before, then those of this packet's ID, then those of earlier ones.

        Keys come from the first ID the client chose and stay when it takes over the server's; after a
        Retry they come from the ID the server gave (RFC 9001, 5.2).
        """
        if initial.connection_id not in self._ids:
            self._ids.append(initial.connection_id)
        ids = [initial.connection_id, *(known for known in self._ids if known != initial.connection_id)]
        likely = schemes(initial.version)
        trials = [(scheme, connection_id) for connection_id in ids for scheme in likely]
        if self._proven and self._proven[0] in likely:
            trials.insert(0, self._proven)
        for trial in trials:
            if trial not in self._keys:
                self._keys[trial] = ClientKeys(*trial)
            frames = self._keys[trial].open(initial.packet, initial.number_at)
            if frames is not None:
                self._proven = trial
                return trial[0], frames
        return None, b""


class _Crypto:
    """The handshake stream, put together from pieces in any order."""

    __slots__ = ("_data", "_filled", "_whole")

    def __init__(self) -> None:
        self._data = bytearray()
        self._filled = bytearray()  # 1 where a byte has come
        self._whole = 0  # bytes from the start without a gap

    def put(self, offset: int, data: bytes) -> None:
        end = offset + len(data)
        if end > MAX_CRYPTO:
            return
        if end > len(self._data):
            self._filled.extend(bytes(end - len(self._data)))
            self._data.extend(bytes(end - len(self._data)))
        self._data[offset:end] = data
        self._filled[offset:end] = b"\1" * len(data)

    def hello(self) -> Hello | None:
        gap = self._filled.find(0, self._whole)
        self._whole = gap if gap >= 0 else len(self._filled)
        messages = bytes(self._data[: self._whole])
        if messages.startswith(quic_google.CHLO):
            return quic_google.chlo(messages)
        hello = handshake_hello(messages)
        return None if isinstance(hello, NeedMore) else hello


def _initials(payload: bytes) -> Iterator[_Initial]:
    """The Initials among the packets of one datagram (RFC 9000, 12.2)."""
    at = 0
    while at + 7 <= len(payload) and payload[at] & _LONG_HEADER:
        version = int.from_bytes(payload[at + 1 : at + 5])
        likely = schemes(version)
        if not likely:
            return
        initial_type = likely[0].initial_type
        kind = payload[at] >> 4 & 3
        id_at = at + 6
        id_end = id_at + payload[at + 5]
        number_at = id_end + 1 + payload[id_end] if id_end < len(payload) else len(payload) + 1
        if (kind - initial_type) & 3 == 3 or payload[at + 5] > MAX_CONNECTION_ID:
            return  # a Retry, which has no length
        if kind == initial_type:
            token, number_at = _varint(payload, number_at)
            number_at += token
        length, number_at = _varint(payload, number_at)
        end = number_at + length
        if end > len(payload):
            return
        if kind == initial_type:
            yield _Initial(version, payload[id_at:id_end], payload[at:end], number_at - at)
        at = end


def _crypto_frames(frames: bytes, google: bool) -> Iterator[tuple[int, bytes]]:
    """Offset and data of each CRYPTO frame, as far as the frames are sound."""
    crypto, ping = (_GOOGLE_CRYPTO, _GOOGLE_PING) if google else (_CRYPTO, _PING)
    at = 0
    while found := _NOT_PADDING.search(frames, at):
        at = found.end()
        kind = frames[at - 1]
        if kind == crypto:
            offset, at = _varint(frames, at)
            length, at = _varint(frames, at)
            if at + length > len(frames):
                return
            yield offset, frames[at : at + length]
            at += length
        elif kind in (_ACK, _ACK_ECN) and not google:
            at = _after_ack(frames, at, kind)
        elif kind in (_CLOSE, _CLOSE_APPLICATION) and not google:
            fields = 2 if kind == _CLOSE else 1  # error code; frame type
            reason, at = _varint(frames, _skip_varints(frames, at, fields))
            at += reason
        elif kind != ping:
            return


def _after_ack(frames: bytes, at: int, kind: int) -> int:
    ranges, at = _varint(frames, _skip_varints(frames, at, 2))  # largest acknowledged, delay
    at = _skip_varints(frames, at, 1 + 2 * ranges)
    return _skip_varints(frames, at, 3) if kind == _ACK_ECN else at


def _skip_varints(data: bytes, at: int, count: int) -> int:
    while count > 0 and at < len(data):
        at += 1 << (data[at] >> 6)
        count -= 1
    return at if not count else len(data) + 1


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A variable-length integer (RFC 9000, 16) and where it ends: past the end of `data` if it is cut off."""
    if at >= len(data):
        return 0, len(data) + 1
    end = at + (1 << (data[at] >> 6))
    if end > len(data):
        return 0, len(data) + 1
    return int.from_bytes(data[at:end]) & (1 << 8 * (end - at) - 2) - 1, end
