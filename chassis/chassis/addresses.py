"""Which network addresses belong to the open Internet."""

from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

# The standard library calls these public, although they are set apart, or carry an IPv4 address of anybody's choice.
_IPV4_APART: Final = tuple(IPv4Network(net) for net in ("192.0.0.0/24", "192.88.99.0/24"))
_IPV6_PUBLIC: Final = IPv6Network("2000::/3")
_IPV6_APART: Final = tuple(IPv6Network(net) for net in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))


def is_public(address: str) -> bool:
    """Tell whether an IP address belongs to the open Internet, and leads nowhere else.

    >>> is_public("93.184.216.34"), is_public("2606:2800:220:1::1")
    (True, True)
    >>> [is_public(ip) for ip in ("127.0.0.1", "10.1.2.3", "169.254.169.254", "224.0.0.1", "192.0.0.8", "100.64.0.1")]
    [False, False, False, False, False, False]
    >>> [is_public(ip) for ip in ("::1", "::7f00:1", "::ffff:8.8.8.8", "::ffff:127.0.0.1", "64:ff9b::7f00:1")]
    [False, False, False, False, False]
    >>> [is_public(ip) for ip in ("2002:7f00:1::", "ff0e::1", "2001::1", "fec0::1", "192.88.99.1", "no address")]
    [False, False, False, False, False, False]
    """
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        return ip in _IPV6_PUBLIC and not any(ip in net for net in _IPV6_APART) and ip.is_global
    return ip.is_global and not ip.is_multicast and not any(ip in net for net in _IPV4_APART)
