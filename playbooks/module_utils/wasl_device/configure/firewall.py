"""The firewall of a device: what comes in is refused, but for what the profile opens."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence

from ..files import write_atomic
from ..machine import Output
from .managed import LISTS, Options, Role

PATH = "/etc/nftables.conf"
LOADED = LISTS / "firewall.nft"  # our table as nft listed it once it was loaded
TABLE = "wasl"
LIST = ("nft", "--stateless", "list", "table", "inet", TABLE)


def ruleset(tcp: Sequence[int], udp: Sequence[int]) -> str:
    """nftables' own language: one table of ours, loaded in one step."""
    opened = "".join(
        f"    {kind} dport {{ {', '.join(str(port) for port in sorted(set(ports)))} }} accept\n"
        for kind, ports in (("tcp", tcp), ("udp", udp))
        if ports
    )
    return (
        "#!/usr/sbin/nft -f\n"
        f"table inet {TABLE}\n"
        f"delete table inet {TABLE}\n"
        f"table inet {TABLE} {{\n"
        "  chain input {\n"
        "    type filter hook input priority filter; policy drop;\n"
        "    ct state established,related accept\n"
        "    ct state invalid drop\n"
        '    iif "lo" accept\n'
        "    meta l4proto { icmp, ipv6-icmp } accept\n"
        "    udp sport 67 udp dport 68 accept\n"
        f"{opened}"
        "  }\n"
        "  chain forward {\n"
        "    type filter hook forward priority filter; policy drop;\n"
        "  }\n"
        "}\n"
    )


def configure(role: Role, options: Options) -> None:
    """Write, check, load and enable. Raises WASL-CONFIGURE-PACKAGE, -COMMAND."""
    role.packages(["nftables"])
    text = ruleset(options["tcp"], options["udp"])
    _require_valid(role, text)
    changed = role.file(PATH, text, 0o755)
    if changed or not is_loaded(role):
        role.run("load the firewall", "nft", "-f", PATH)
        if not role.check:
            write_atomic(LOADED, role.require(_listed(role), *LIST).text.encode())
    enabled = role.machine.run("systemctl", "is-enabled", "nftables.service").text.strip()
    if enabled != "enabled":
        role.run("enable the firewall", "systemctl", "enable", "nftables.service")


def is_loaded(role: Role) -> bool:
    """Whether our table is what it was when it was loaded: nobody opened it since."""
    said = _listed(role)
    return said.status == 0 and LOADED.is_file() and LOADED.read_text() == said.text


def _listed(role: Role) -> Output:
    return role.machine.run(*LIST)


def _require_valid(role: Role, text: str) -> None:
    """A ruleset that does not load would leave the device open."""
    with tempfile.NamedTemporaryFile("w", suffix=".nft") as file:
        file.write(text)
        file.flush()
        role.require(role.machine.run("nft", "-c", "-f", file.name), "nft", "-c")
