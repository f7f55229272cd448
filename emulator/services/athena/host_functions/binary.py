"""Bytes: encodings, checksums, keyed hashes, and numbers as bytes."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
import zlib
from collections.abc import Callable

from emulator.services.athena.host_functions.failures import invalid_argument

_MASK = 2**64 - 1


def _decoding(decode: Callable[[str], bytes]) -> Callable[[str], bytes]:
    def decoded(text: str) -> bytes:
        try:
            return decode(text)
        except (binascii.Error, ValueError) as error:
            raise invalid_argument(str(error)) from None

    return decoded


def _base64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)


def _base64url(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _hmac(algorithm: str) -> Callable[[bytes, bytes], bytes]:
    def keyed(value: bytes, key: bytes) -> bytes:
        return hmac.digest(key, value, algorithm)

    return keyed


def _unpack(code: str, name: str) -> Callable[[bytes], object]:
    def unpacked(value: bytes) -> object:
        if len(value) != struct.calcsize(code):
            bits = 8 * struct.calcsize(code)
            raise invalid_argument(f"expected {bits // 8}-byte input for {name}, but got instead: {len(value)}")
        return struct.unpack(code, value)[0]

    return unpacked


def _crc32(value: bytes) -> int:
    return zlib.crc32(value)


def _rotate(value: int, places: int) -> int:
    return ((value << places) | (value >> (64 - places))) & _MASK


_P1, _P2, _P3, _P4, _P5 = (
    0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5
)  # fmt: skip


def _round(lane: int, word: int) -> int:
    return _rotate((lane + word * _P2) & _MASK, 31) * _P1 & _MASK


def xxhash64(value: bytes) -> bytes:
    """xxHash64 with seed 0, as eight bytes, big-endian."""
    length, place = len(value), 0
    if length >= 32:
        lanes = [(_P1 + _P2) & _MASK, _P2, 0, -_P1 & _MASK]
        while place <= length - 32:
            words = struct.unpack_from("<4Q", value, place)
            lanes = [_round(lane, word) for lane, word in zip(lanes, words, strict=True)]
            place += 32
        total = sum(_rotate(lane, turn) for lane, turn in zip(lanes, (1, 7, 12, 18), strict=True)) & _MASK
        for lane in lanes:
            total = ((total ^ _round(0, lane)) * _P1 + _P4) & _MASK
    else:
        total = _P5
    return _avalanche(_tail(value, place, (total + length) & _MASK)).to_bytes(8, "big")


def _tail(value: bytes, place: int, total: int) -> int:
    while place <= len(value) - 8:
        total = (_rotate(total ^ _round(0, struct.unpack_from("<Q", value, place)[0]), 27) * _P1 + _P4) & _MASK
        place += 8
    if place <= len(value) - 4:
        word = struct.unpack_from("<I", value, place)[0]
        total = (_rotate(total ^ (word * _P1 & _MASK), 23) * _P2 + _P3) & _MASK
        place += 4
    for byte in value[place:]:
        total = _rotate(total ^ (byte * _P5 & _MASK), 11) * _P1 & _MASK
    return total


def _avalanche(total: int) -> int:
    total = (total ^ (total >> 33)) * _P2 & _MASK
    total = (total ^ (total >> 29)) * _P3 & _MASK
    return total ^ (total >> 32)


_C1, _C2 = 0x87C37B91114253D5, 0x4CF5AD432745937F


def murmur3(value: bytes) -> bytes:
    """MurmurHash3 of 128 bits for x64 with seed 0: its two words, little-endian as they are computed."""
    h1 = h2 = 0
    whole = len(value) // 16 * 16
    for k1, k2 in struct.iter_unpack("<2Q", value[:whole]):
        h1 ^= _rotate(k1 * _C1 & _MASK, 31) * _C2 & _MASK
        h1 = ((_rotate(h1, 27) + h2) * 5 + 0x52DCE729) & _MASK
        h2 ^= _rotate(k2 * _C2 & _MASK, 33) * _C1 & _MASK
        h2 = ((_rotate(h2, 31) + h1) * 5 + 0x38495AB5) & _MASK
    k1, k2 = struct.unpack("<2Q", value[whole:].ljust(16, b"\0"))
    h2 ^= _rotate(k2 * _C2 & _MASK, 33) * _C1 & _MASK
    h1 ^= _rotate(k1 * _C1 & _MASK, 31) * _C2 & _MASK
    h1, h2 = h1 ^ len(value), h2 ^ len(value)
    h1 = (h1 + h2) & _MASK
    h2 = (h2 + h1) & _MASK
    h1, h2 = _mixed(h1), _mixed(h2)
    h1 = (h1 + h2) & _MASK
    h2 = (h2 + h1) & _MASK
    return struct.pack("<2Q", h1, h2)


def _mixed(word: int) -> int:
    word = (word ^ (word >> 33)) * 0xFF51AFD7ED558CCD & _MASK
    word = (word ^ (word >> 33)) * 0xC4CEB9FE1A85EC53 & _MASK
    return word ^ (word >> 33)


FUNCTIONS = (
    ("trino_sha512", lambda value: hashlib.sha512(value).digest(), ["BLOB"], "BLOB"),
    ("trino_crc32", _crc32, ["BLOB"], "BIGINT"),
    ("trino_xxhash64", xxhash64, ["BLOB"], "BLOB"),
    ("trino_murmur3", murmur3, ["BLOB"], "BLOB"),
    *((f"trino_hmac_{name}", _hmac(name), ["BLOB", "BLOB"], "BLOB") for name in ("md5", "sha1", "sha256", "sha512")),
    ("trino_from_base64", _decoding(_base64), ["VARCHAR"], "BLOB"),
    ("trino_from_base64url", _decoding(_base64url), ["VARCHAR"], "BLOB"),
    ("trino_to_base64url", lambda value: base64.urlsafe_b64encode(value).decode(), ["BLOB"], "VARCHAR"),
    ("trino_from_base32", _decoding(base64.b32decode), ["VARCHAR"], "BLOB"),
    ("trino_to_base32", lambda value: base64.b32encode(value).decode(), ["BLOB"], "VARCHAR"),
    ("trino_from_hex", _decoding(bytes.fromhex), ["VARCHAR"], "BLOB"),
    ("trino_bytes_of_real", lambda value: struct.pack(">f", value), ["FLOAT"], "BLOB"),
    ("trino_bytes_of_double", lambda value: struct.pack(">d", value), ["DOUBLE"], "BLOB"),
    ("trino_bytes_of_integer", lambda value: struct.pack(">i", value), ["INTEGER"], "BLOB"),
    ("trino_bytes_of_bigint", lambda value: struct.pack(">q", value), ["BIGINT"], "BLOB"),
    ("trino_real_of_bytes", _unpack(">f", "from_ieee754_32"), ["BLOB"], "FLOAT"),
    ("trino_double_of_bytes", _unpack(">d", "from_ieee754_64"), ["BLOB"], "DOUBLE"),
    ("trino_integer_of_bytes", _unpack(">i", "from_big_endian_32"), ["BLOB"], "INTEGER"),
    ("trino_bigint_of_bytes", _unpack(">q", "from_big_endian_64"), ["BLOB"], "BIGINT"),
    ("trino_bytes_reversed", lambda value: value[::-1], ["BLOB"], "BLOB"),
)
