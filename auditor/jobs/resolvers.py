"""Addresses of public DNS resolvers: HTTPS to one of them is DNS over HTTPS, whether it shows a name or not.

From the operators' pages: developers.google.com/speed/public-dns, developers.cloudflare.com/1.1.1.1, quad9.net,
opendns.com, adguard-dns.io, cleanbrowsing.org, controld.com, mullvad.net, dns.sb, alidns.com, dnspod.cn. Operators
that give each customer an address of his own (NextDNS) can't be listed.
"""

from __future__ import annotations

from auditor.records import address_halves

_ADDRESSES = """
8.8.8.8 8.8.4.4 2001:4860:4860::8888 2001:4860:4860::8844 2001:4860:4860::64 2001:4860:4860::6464
1.1.1.1 1.0.0.1 1.1.1.2 1.0.0.2 1.1.1.3 1.0.0.3 2606:4700:4700::1111 2606:4700:4700::1001
2606:4700:4700::1112 2606:4700:4700::1002 2606:4700:4700::1113 2606:4700:4700::1003
9.9.9.9 149.112.112.112 9.9.9.10 149.112.112.10 9.9.9.11 149.112.112.11
2620:fe::fe 2620:fe::9 2620:fe::10 2620:fe::fe:10 2620:fe::11 2620:fe::fe:11
208.67.222.222 208.67.220.220 208.67.222.123 208.67.220.123 208.67.222.2 208.67.220.2
2620:119:35::35 2620:119:53::53 2620:119:35::123 2620:119:53::123
94.140.14.14 94.140.15.15 94.140.14.15 94.140.15.16 94.140.14.140 94.140.14.141
2a10:50c0::ad1:ff 2a10:50c0::ad2:ff
185.228.168.9 185.228.169.9 185.228.168.10 185.228.169.11 185.228.168.168 185.228.169.168
76.76.2.0 76.76.10.0 194.242.2.2 194.242.2.3 194.242.2.4 185.222.222.222 45.11.45.11
223.5.5.5 223.6.6.6 119.29.29.29 1.12.12.12 120.53.53.53
"""

RESOLVERS = frozenset(address_halves(address) for address in _ADDRESSES.split())  # in halves
