"""Which network addresses belong to the open Internet."""

from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final

# The standard library calls these public although they carry an IPv4 address of anybody's choice.
_CARRIERS: Final = tuple(IPv6Network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))
_UNUSUAL: Final = ("192.0.0.", "192.88.99.")


def is_public(address: str) -> bool:
    """Tell whether an IP address belongs to the open Internet.

    >>> [is_public(one) for one in ("93.184.216.34", "127.0.0.1", "169.254.169.254", "10.1.2.3", "192.0.0.8")]
    [True, False, False, False, False]
    >>> [is_public(one) for one in ("::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "224.0.0.1", "::1")]
    [False, False, False, False, False]
    """
    ip = ip_address(address)
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped:
            return is_public(str(ip.ipv4_mapped))
        return ip.is_global and not ip.is_multicast and not any(ip in network for network in _CARRIERS)
    return ip.is_global and not ip.is_multicast and not str(ip).startswith(_UNUSUAL)
