"""Which network addresses are the public internet's, and which lead back to ourselves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# A list of our own: what `ipaddress.is_global` says of some of these differs between releases of Python.
# Source: the IANA registries of special-purpose addresses.
_REFUSED: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(text), why)
    for text, why in (
        ("0.0.0.0/8", "means this machine"),
        ("127.0.0.0/8", "is loopback"),
        ("::1/128", "is loopback"),
        ("10.0.0.0/8", "is private"),
        ("172.16.0.0/12", "is private"),
        ("192.168.0.0/16", "is private"),
        ("100.64.0.0/10", "is a provider's own"),
        ("169.254.0.0/16", "is link-local, where clouds keep their metadata"),
        ("192.0.0.0/24", "is reserved for protocols"),
        ("192.0.2.0/24", "is for documentation"),
        ("192.88.99.0/24", "is a relay no longer in use"),
        ("198.18.0.0/15", "is for benchmarks"),
        ("198.51.100.0/24", "is for documentation"),
        ("203.0.113.0/24", "is for documentation"),
        ("224.0.0.0/4", "is multicast"),
        ("240.0.0.0/4", "is reserved"),
        ("168.63.129.16/32", "is a cloud's metadata service"),
        ("2001::/23", "is reserved for protocols"),
        ("2001:db8::/32", "is for documentation"),
        ("3fff::/20", "is for documentation"),
    )
)
_PUBLIC_V6 = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_6TO4 = IPv6Network("2002::/16")
# What no host name may lead to, however much that name is trusted: only its own address opens it.
_METADATA: tuple[Network, ...] = tuple(
    map(
        ip_network,
        (
            "169.254.0.0/16",
            "168.63.129.16/32",
            "100.100.100.200/32",
            "192.0.0.192/32",
            "fd00:ec2::/32",
            "fe80::/10",
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Networks:
    """A set of addresses; asks whether one is in it."""

    members: tuple[Network, ...] = ()

    @classmethod
    def parse(cls, texts: Iterable[str]) -> Networks:
        """From addresses and CIDR networks; raises ValueError."""
        return cls(tuple(ip_network(text, strict=False) for text in sorted(texts)))

    def __contains__(self, address: object) -> bool:
        return any(address in network for network in self.members)

    def __bool__(self) -> bool:
        return bool(self.members)


def is_loopback(host: str) -> bool:
    """Whether an address to listen on can be reached from this machine alone."""
    return host in {"127.0.0.1", "::1", "localhost"}


def parse(text: str) -> Address | None:
    """The address that a text is, an IPv4 one inside IPv6 taken out; None where it is none."""
    try:
        return plain(ip_address(text))
    except ValueError:
        return None


def plain(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one (mapped, compatible, NAT64, 6to4), else the address itself."""
    if not isinstance(address, IPv6Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    number = int(address)
    if address in _NAT64 or 1 < number < 2**32:
        return IPv4Address(number & 0xFFFFFFFF)
    if address in _6TO4:
        return IPv4Address((number >> 80) & 0xFFFFFFFF)
    return address


def not_public(address: Address) -> str | None:
    """Why an address is not one of the public internet; None where it is."""
    address = plain(address)
    for network, why in _REFUSED:
        if address in network:
            return why
    if isinstance(address, IPv6Address) and address not in _PUBLIC_V6:
        return "is not a public address"
    return None


def metadata(address: Address) -> bool:
    """Whether clouds and links keep services there that trust whoever can reach them."""
    return any(plain(address) in network for network in _METADATA)
