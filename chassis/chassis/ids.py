"""Names that never depend on chance where an effect must happen once."""

import secrets
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from struct import unpack
from uuid import UUID

_MURMUR_SEED = 0x9747B28C
_M = 0x5BD1E995
_MASK = 0xFFFFFFFF
UUID_BITS = 74
"""How much of a time-ordered UUID is chance."""


def derived_id(*parts: object) -> str:
    """Name something by what caused it: 128 bits in hex.

    >>> derived_id("request.created", "abc", 0) == derived_id("request.created", "abc", 0)
    True
    """
    return blake2b("\x1f".join(map(str, parts)).encode(), digest_size=16).hexdigest()


def derived_uuid(*parts: object) -> UUID:
    """Name something by what caused it, as a UUID (version 8).

    >>> derived_uuid("a", 1).version
    8
    """
    bits = int(derived_id(*parts), 16) & ~(0xF << 76) & ~(0x3 << 62)
    return UUID(int=bits | (8 << 76) | (2 << 62))


def uuid7(now: datetime, random_bits: int | None = None) -> UUID:
    """Make a time-ordered UUID. `random_bits` (`UUID_BITS` of them) is chance unless given.

    >>> from datetime import UTC, datetime
    >>> uuid7(datetime(2026, 1, 1, tzinfo=UTC), 1)
    UUID('019b76da-a800-7000-8000-000000000001')
    """
    chance = secrets.randbits(UUID_BITS) if random_bits is None else random_bits
    millis = int(now.timestamp() * 1000)
    return UUID(int=(millis << 80) | (7 << 76) | ((chance >> 62) << 64) | (2 << 62) | (chance & ((1 << 62) - 1)))


@lru_cache(maxsize=65_536)
def partition_of(key: str, partitions: int) -> int:
    """Choose a partition as Kafka's default does: murmur2 of the key's UTF-8 text.

    >>> partition_of("21", 12), partition_of("foobar", 12)
    (0, 6)
    """
    return (_murmur2(key.encode()) & 0x7FFFFFFF) % partitions


def _murmur2(data: bytes) -> int:
    size = len(data)
    h = (_MURMUR_SEED ^ size) & _MASK
    whole = size & ~3
    for word in unpack(f"<{whole // 4}I", data[:whole]):
        k = word * _M & _MASK
        k = (k ^ (k >> 24)) * _M & _MASK
        h = (h * _M & _MASK) ^ k
    if size > whole:
        h = (h ^ int.from_bytes(data[whole:], "little")) * _M & _MASK
    h = (h ^ (h >> 13)) * _M & _MASK
    return h ^ (h >> 15)
