"""Who really calls: proxies of the city's own are believed, one subscriber is one network."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network


def networks(text: str) -> tuple[Network, ...]:
    """Read networks separated by commas.

    >>> networks("127.0.0.0/8, ::1")
    (IPv4Network('127.0.0.0/8'), IPv6Network('::1/128'))
    """
    return tuple(ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip())


def caller_address(peer: str, forwarded: str, trusted: Sequence[Network]) -> str:
    """Find who really calls: what proxies say is believed only of trusted ones, from the nearest outwards.

    >>> proxies = networks("10.0.0.0/8")
    >>> caller_address("10.0.0.1", "198.51.100.7, 10.0.0.2", proxies)
    '198.51.100.7'
    >>> caller_address("203.0.113.9", "198.51.100.7", proxies)
    '203.0.113.9'
    """
    hops = [peer, *(part.strip() for part in reversed(forwarded.split(",")) if part.strip())]
    for hop in hops:
        if not _is_within(hop, trusted):
            return hop if _is_address(hop) else peer
    return hops[-1]


def _is_within(address: str, among: Iterable[Network]) -> bool:
    """Tell whether an address belongs to one of these networks; what is no address belongs to none."""
    return _is_address(address) and any(ip_address(address) in network for network in among)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=4096)
def neighbourhood(address: str) -> str:
    """Name the network that one subscriber has: an IPv4 address, or an IPv6 network of 64 bits.

    >>> neighbourhood("2001:db8:1:2:3:4:5:6"), neighbourhood("198.51.100.7"), neighbourhood("::ffff:198.51.100.7")
    ('2001:db8:1:2::/64', '198.51.100.7', '198.51.100.7')
    """
    if not _is_address(address):
        return address
    ip = ip_address(address)
    if isinstance(ip, IPv6Address):
        return str(ip.ipv4_mapped) if ip.ipv4_mapped else str(IPv6Network((int(ip) >> 64 << 64, 64)))
    return address


@lru_cache(maxsize=4096)
def limited_network(peer: str, forwarded: str, trusted: tuple[Network, ...], own: tuple[Network, ...]) -> str | None:
    """Name the network a call counts on; None for the city's own machines, which are not limited.

    >>> proxies, city = networks("10.0.0.0/8"), networks("192.0.2.0/24")
    >>> limited_network("10.0.0.1", "198.51.100.7", proxies, city), limited_network("192.0.2.5", "", proxies, city)
    ('198.51.100.7', None)
    """
    address = caller_address(peer, forwarded, trusted)
    return None if _is_within(address, own) else neighbourhood(address)
