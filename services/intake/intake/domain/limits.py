"""Which of the buckets of a caller a call counts on."""

from typing import Final, Literal

Kind = Literal["address", "codes", "device", "contact"]
_CODES: Final = ("/accounts/", "/account/code", "/account/session")
_LONGEST_DEVICE: Final = 100


def buckets_of(network: str | None, path: str, device: str | None) -> tuple[tuple[Kind, str], ...]:
    """Say which buckets a call is poured into: its network's, where codes have one of their own, and its device's.

    >>> buckets_of("198.51.100.7", "/requests", "phone-1")
    (('address', '198.51.100.7'), ('device', 'phone-1'))
    >>> buckets_of("198.51.100.7", "/accounts/code", None), buckets_of(None, "/requests", "phone-1")
    ((('codes', '198.51.100.7'),), ())
    """
    if network is None:
        return ()
    first: Kind = "codes" if path.startswith(_CODES) else "address"
    return ((first, network), *((("device", device[:_LONGEST_DEVICE]),) if device else ()))
