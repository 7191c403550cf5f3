"""Which addresses may be called at all: https, on the school's list, and not inside a network that was not named.

A name is resolved once, each of its addresses is judged, and the connection goes to one that was: what a name points to
a moment later (rebinding) is not asked. Redirects are not followed.
"""

import contextlib
import http.client
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

_NAT64 = ip_network("64:ff9b::/96")  # an IPv4 address in disguise


class AddressRefused(ValueError):
    """An address that must not be called: the rule that it breaks."""


@dataclass(frozen=True, slots=True)
class Gate:
    """hosts: the school's list, as names · own_networks: private networks that may be called all the same."""

    hosts: Sequence[str]
    own_networks: Sequence[Network] = ()
    ca_file: str | None = None
    timeout: tuple[float, float] = (3.0, 10.0)  # seconds to connect, for each reply

    def refuse_unless_allowed(self, url: str) -> None:
        """Judge an address by its spelling, when it is configured. Raises AddressRefused."""
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname:
            raise AddressRefused("an address must begin with https:// and name a host")
        if parts.username or parts.password:
            raise AddressRefused("an address must not hold a name or password")
        try:
            _ = parts.port
        except ValueError:
            raise AddressRefused("an address must have a port from 1 to 65535 or none") from None
        if parts.hostname.lower() not in {host.lower() for host in self.hosts}:
            raise AddressRefused(f"{parts.hostname} is not on the list of hosts (AAQ_WEBHOOK_HOSTS)")
        self._refuse_literal(parts.hostname)

    def _refuse_literal(self, host: str) -> None:
        try:
            address = ip_address(host)
        except ValueError:
            return
        self._judge(address)

    def _judge(self, address: Address) -> None:
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        if mapped is not None:
            address = mapped
        if any(address in network for network in self.own_networks):
            return
        if not address.is_global or address.is_multicast or address in _NAT64:
            raise AddressRefused(f"{address} is inside a network that is not in AAQ_OWN_NETWORKS")

    def resolve(self, host: str, port: int) -> Sequence[str]:
        """The host's addresses, after all of them were judged. Raises AddressRefused, or OSError (no such name)."""
        found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        for address in found:
            self._judge(ip_address(address.partition("%")[0]))
        return found

    def connect(self, url: str) -> http.client.HTTPSConnection:
        """A connection to the address, made and checked. Raises AddressRefused, ssl.SSLError or OSError."""
        self.refuse_unless_allowed(url)
        parts = urlsplit(url)
        host, port = str(parts.hostname), parts.port or 443
        context = ssl.create_default_context(cafile=self.ca_file)
        sock = self._first_that_answers(self.resolve(host, port), port)
        sock.settimeout(self.timeout[1])
        connection = http.client.HTTPSConnection(host, port)
        try:
            sock.getpeername()  # a connection that was reset meanwhile ends here: ssl would leak its socket
            connection.sock = context.wrap_socket(sock, server_hostname=host)
        except BaseException:
            sock.close()
            raise
        return connection

    def _first_that_answers(self, addresses: Sequence[str], port: int) -> socket.socket:
        for address in addresses[:-1]:
            with contextlib.suppress(OSError):
                return socket.create_connection((address, port), timeout=self.timeout[0])
        return socket.create_connection((addresses[-1], port), timeout=self.timeout[0])
