"""Which network addresses and mail addresses may be spoken to."""

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

# The standard library calls these public although they lead, or may lead, to private hosts:
# translation and tunnel prefixes carry an IPv4 address of anybody's choice.
_CARRIERS: Final = tuple(IPv6Network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))
_UNUSUAL_IPV4: Final = frozenset({"192.0.0", "192.88.99"})
_MAILBOX: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*")
_ANY_MAILBOX: Final = re.compile(r"\S+@\S+")
DETAIL_LENGTH: Final = 200


def is_public(address: str) -> bool:
    """Tell whether an IP address belongs to the open Internet.

    >>> is_public("93.184.216.34"), is_public("127.0.0.1"), is_public("169.254.169.254"), is_public("10.1.2.3")
    (True, False, False, False)
    >>> is_public("::ffff:127.0.0.1"), is_public("64:ff9b::7f00:1"), is_public("2002:7f00:1::"), is_public("224.0.0.1")
    (False, False, False, False)
    """
    ip = ip_address(address)
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return ip.is_global and not ip.is_multicast and not _is_unusual(ip)


def _is_unusual(ip: IPv4Address | IPv6Address) -> bool:
    if isinstance(ip, IPv4Address):
        return str(ip).rpartition(".")[0] in _UNUSUAL_IPV4
    return any(ip in network for network in _CARRIERS)


def is_mailbox(address: str) -> bool:
    r"""Tell whether a text is one plain mail address and nothing else, least of all a second header line.

    >>> is_mailbox("ana@example.org"), is_mailbox("ana@example.org\nBcc: eve@example.org"), is_mailbox("a@b)c@d")
    (True, False, False)
    """
    return _MAILBOX.fullmatch(address) is not None


def without_addresses(detail: str) -> str:
    """Keep a provider's words, without anybody's address.

    >>> without_addresses("550 <ana@example.org>: no such user")
    '550 (address): no such user'
    """
    return _ANY_MAILBOX.sub(lambda found: "(address)" + ":" * found[0].endswith(":"), detail)[:DETAIL_LENGTH]
