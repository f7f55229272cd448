"""Compressed text files, as Hadoop's codecs write them; the file's name says which."""

from __future__ import annotations

import bz2
import gzip
import os
import uuid
import zlib
from collections.abc import Callable
from dataclasses import replace

import pyarrow as pa
import zstandard

from emulator.services.athena.errors import not_supported
from emulator.services.athena.storage import StoredObject

_BLOCK = 256 << 10  # bytes that Hadoop's block codecs put in one block


def plain(file: StoredObject) -> StoredObject:
    """The file without its compression, written once beside its copy.

    Raises:
        QueryError: NOT_SUPPORTED, a codec that is not there; HIVE_BAD_DATA.
    """
    suffix = file.path.suffix
    if suffix in _MISSING:
        raise not_supported(f"files compressed as {suffix}")
    if suffix not in _READ:
        return file
    path = file.path.with_name(f"{file.path.name}-plain")
    if not path.exists():
        partial = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
        partial.write_bytes(_READ[suffix](file.path.read_bytes()))
        os.replace(partial, path)  # noqa: PTH105 (atomic, whatever stands there)
    return replace(file, path=path)


def compressed(body: bytes, codec: str) -> tuple[bytes, str]:
    """A text file's body compressed, and the ending of its name."""
    suffix, write = _WRITE[codec]
    return write(body), suffix


def _unsnapped(body: bytes) -> bytes:
    """Blocks of: bytes uncompressed, then pieces of bytes compressed and data until there are as many."""
    found: list[bytes] = []
    place = 0
    while place < len(body):
        wanted, place = int.from_bytes(body[place : place + 4], "big"), place + 4
        while wanted > 0:
            size, place = int.from_bytes(body[place : place + 4], "big"), place + 4
            piece, place = body[place : place + size], place + size
            found.append(unsnapped_block(piece))
            wanted -= len(found[-1])
    return b"".join(found)


def unsnapped_block(block: bytes) -> bytes:
    """One Snappy block's content, whose size stands at its head: seven bits a byte, the least first."""
    size = 0
    for position, byte in enumerate(block[:5]):
        size |= (byte & 0x7F) << (7 * position)
        if byte < 0x80:
            break
    return bytes(pa.Codec("snappy").decompress(block, size, asbytes=True))


def _snapped(body: bytes) -> bytes:
    codec, found = pa.Codec("snappy"), []
    for start in range(0, len(body), _BLOCK):
        piece = body[start : start + _BLOCK]
        packed = codec.compress(piece, asbytes=True)
        found.append(len(piece).to_bytes(4, "big") + len(packed).to_bytes(4, "big") + packed)
    return b"".join(found)


def unzstd(body: bytes) -> bytes:
    """A Zstandard frame's content."""
    return zstandard.ZstdDecompressor().decompressobj().decompress(body)


_MISSING = (".lzo", ".lzo_deflate", ".lz4", ".xz", ".br")
_READ: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.decompress,
    ".bz2": bz2.decompress,
    ".zst": unzstd,
    ".deflate": zlib.decompress,
    ".snappy": _unsnapped,
}
_WRITE: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "NONE": ("", bytes),
    "GZIP": (".gz", lambda body: gzip.compress(body, mtime=0)),
    "BZIP2": (".bz2", bz2.compress),
    "ZSTD": (".zst", lambda body: zstandard.ZstdCompressor().compress(body)),
    "DEFLATE": (".deflate", zlib.compress),
    "SNAPPY": (".snappy", _snapped),
}
