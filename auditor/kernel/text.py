"""Numbers as text, whole columns at once: each function writes cells one behind the other into `data`.

`offset` has one element more than there are cells; cell i is data[offset[i] : offset[i + 1]], as Arrow has it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from auditor.kernel.jit import compiled, entry
from auditor.kernel.types import Buffer, Ints

Words = npt.NDArray[np.uint64]
Offsets = npt.NDArray[np.int32]

LONGEST_TIME, LONGEST_ADDRESS, LONGEST_MAC, LONGEST_NUMBER = 30, 39, 17, 19
COLON, DOT, ZERO = 0x3A, 0x2E, 0x30


@compiled
def digits(data: Buffer, at: int, number: int, count: int) -> int:
    """Writes a number with leading zeros."""
    for place in range(count - 1, -1, -1):
        data[at + place] = ZERO + number % 10
        number //= 10
    return at + count


@compiled
def decimal(data: Buffer, at: int, number: int) -> int:
    """Writes a number below 1000 without leading zeros."""
    return digits(data, at, number, 3 if number > 99 else 2 if number > 9 else 1)


@compiled
def hexadecimal(data: Buffer, at: int, number: int, count: int) -> int:
    for place in range(count - 1, -1, -1):
        digit = number & 15
        data[at + place] = ZERO + digit if digit < 10 else 0x57 + digit
        number >>= 4
    return at + count


@compiled
def number_text(number: int, data: Buffer, at: int) -> int:
    """Writes a number that is not negative, without leading zeros."""
    count, rest = 1, number
    while rest > 9:
        rest //= 10
        count += 1
    return digits(data, at, number, count)


@compiled
def time_text(seconds: int, rest: int, places: int, data: Buffer, at: int) -> int:
    """Writes a time in seconds since 1970 in ISO 8601, with `places` digits of `rest` behind the seconds."""
    days, second = seconds // 86_400, seconds % 86_400
    # a date from a day number: years begin in March, eras have 400 of them
    days += 719_468
    era, day = days // 146_097, days % 146_097
    year = (day - day // 1_460 + day // 36_524 - day // 146_096) // 365
    day -= 365 * year + year // 4 - year // 100
    month = (5 * day + 2) // 153
    day -= (153 * month + 2) // 5
    month = month + 3 if month < 10 else month - 9
    year += era * 400 + (1 if month < 3 else 0)
    at = digits(data, at, year, 4)
    data[at] = 0x2D
    at = digits(data, at + 1, month, 2)
    data[at] = 0x2D
    at = digits(data, at + 1, day + 1, 2)
    data[at] = 0x54
    at = digits(data, at + 1, second // 3_600, 2)
    data[at] = COLON
    at = digits(data, at + 1, second // 60 % 60, 2)
    data[at] = COLON
    at = digits(data, at + 1, second % 60, 2)
    if places:
        data[at] = DOT
        at = digits(data, at + 1, rest, places)
    data[at] = 0x5A
    return at + 1


@compiled
def mac_text(mac: int, data: Buffer, at: int) -> int:
    """Writes `aa:bb:cc:dd:ee:ff`; nothing for 0."""
    if mac:
        at = hexadecimal(data, at, mac >> 40, 2)
        for shift in range(32, -8, -8):
            data[at] = COLON
            at = hexadecimal(data, at + 1, (mac >> shift) & 255, 2)
    return at


@compiled
def address_text(hi: np.uint64, lo: np.uint64, data: Buffer, at: int) -> int:
    """Writes an address in its canonical text (RFC 5952)."""
    if hi != 0 or lo >> np.uint64(32) != 0xFFFF:
        return address6(hi, lo, data, at)
    v4 = np.int64(lo & np.uint64(0xFFFFFFFF))
    at = decimal(data, at, v4 >> 24)
    for shift in range(16, -8, -8):
        data[at] = DOT
        at = decimal(data, at + 1, (v4 >> shift) & 255)
    return at


@entry
def times_text(times: Ints, ticks: int, places: int, data: Buffer, offset: Offsets) -> None:
    """UTC in ISO 8601, of times in 1/ticks s since 1970, with `places` digits behind the seconds."""
    at = 0
    for number in range(len(times)):
        at = time_text(times[number] // ticks, times[number] % ticks, places, data, at)
        offset[number + 1] = at


@entry
def macs_text(macs: Words, data: Buffer, offset: Offsets) -> None:
    """`aa:bb:cc:dd:ee:ff`; an empty cell for none."""
    at = 0
    for number in range(len(macs)):
        at = mac_text(np.int64(macs[number]), data, at)
        offset[number + 1] = at


@entry
def addresses_text(hi: Words, lo: Words, data: Buffer, offset: Offsets) -> None:
    """Addresses in halves, in their canonical text (RFC 5952)."""
    at = 0
    for number in range(len(hi)):
        at = address_text(hi[number], lo[number], data, at)
        offset[number + 1] = at


@compiled
def group(hi: np.uint64, lo: np.uint64, number: int) -> int:
    """One of the eight 16-bit groups."""
    half = hi if number < 4 else lo
    return np.int64((half >> np.uint64(16 * (3 - number % 4))) & np.uint64(0xFFFF))


@compiled
def address6(hi: np.uint64, lo: np.uint64, data: Buffer, at: int) -> int:
    """Writes an IPv6 address; the first of the longest runs of zero groups becomes `::`."""
    first = length = 0
    run = 0
    for number in range(8):
        run = run + 1 if group(hi, lo, number) == 0 else 0
        if run > length:
            first, length = number + 1 - run, run
    if length < 2:
        first = 8
    number = 0
    while number < 8:
        if number == first:
            data[at] = data[at + 1] = COLON
            at += 2
            number += length
            continue
        if number and number != first + length:
            data[at] = COLON
            at += 1
        word = group(hi, lo, number)
        count = 4 if word > 0xFFF else 3 if word > 0xFF else 2 if word > 0xF else 1
        at = hexadecimal(data, at, word, count)
        number += 1
    return at
