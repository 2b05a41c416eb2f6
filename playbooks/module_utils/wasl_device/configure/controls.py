"""What hardening holds a school computer to: a table of controls, each with where it comes from.

References: `ANSSI Rn` is a recommendation of ANSSI-BP-028 version 2.0; `CIS n` a control of the CIS
Benchmark for Debian Linux 12, level 1, workstation, where not said otherwise. A control that a
reference asks for only in part says so in `why`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Control:
    """One control: what it is for, and the settings that it consists of.

    `sysctl` and `sshd` are settings by name; `modules` may not be loaded; `files` are whole files;
    `modes` are permissions of files that packages bring, where they are there; `masked` are units
    that can never be started; `locked` are accounts without a password to sign in with.
    """

    id: str
    why: str
    references: tuple[str, ...]
    sysctl: Mapping[str, str] = field(default_factory=dict)
    sshd: Mapping[str, str] = field(default_factory=dict)
    modules: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    modes: Mapping[str, int] = field(default_factory=dict)
    masked: tuple[str, ...] = ()
    locked: tuple[str, ...] = ()


def _both(name: str, value: str, families: tuple[str, ...] = ("ipv4",)) -> dict[str, str]:
    """A network setting for the interfaces that are there and for those that come."""
    return {
        f"net.{family}.conf.{which}.{name}": value
        for family in families
        for which in ("all", "default")
    }


_DUAL = ("ipv4", "ipv6")
SUDO_RULES = "/etc/sudoers.d/wasl"

CONTROLS = (
    Control(
        "kernel-talk",
        "Programs of a pupil learn nothing of the kernel that helps an attack.",
        ("ANSSI R9",),
        sysctl={
            "kernel.dmesg_restrict": "1",
            "kernel.kptr_restrict": "2",
            "kernel.perf_event_paranoid": "3",
        },
    ),
    Control(
        "address-space",
        "Addresses are drawn anew for each program.",
        ("ANSSI R9", "CIS 1.5.1"),
        sysctl={"kernel.randomize_va_space": "2"},
    ),
    Control(
        "magic-keys",
        "No key on the keyboard commands the kernel.",
        ("ANSSI R9",),
        sysctl={"kernel.sysrq": "0"},
    ),
    Control(
        "bpf",
        "Only an administrator loads programs into the kernel.",
        ("ANSSI R9", "ANSSI R12"),
        sysctl={"kernel.unprivileged_bpf_disabled": "1", "net.core.bpf_jit_harden": "2"},
    ),
    Control(
        "ptrace",
        "A program looks into its own children alone.",
        ("ANSSI R11", "CIS 1.5.2"),
        sysctl={"kernel.yama.ptrace_scope": "1"},
    ),
    Control(
        "core-dumps",
        "A crash writes no memory to the disk.",
        ("ANSSI R14", "CIS 1.5.3"),
        sysctl={"fs.suid_dumpable": "0"},
        files={"/etc/security/limits.d/wasl.conf": "* hard core 0\n"},
    ),
    Control(
        "shared-folders",
        "Nobody is led to another's file by a link or pipe in a folder for all.",
        ("ANSSI R14",),
        sysctl={
            "fs.protected_symlinks": "1",
            "fs.protected_hardlinks": "1",
            "fs.protected_fifos": "2",
            "fs.protected_regular": "2",
        },
    ),
    Control(
        "no-router",
        "A school computer passes nobody else's packets on.",
        ("ANSSI R12", "CIS 3.3.1", "CIS 3.3.2"),
        sysctl={
            "net.ipv4.ip_forward": "0",
            "net.ipv6.conf.all.forwarding": "0",
            **_both("send_redirects", "0"),
        },
    ),
    Control(
        "redirects",
        "Nobody on the network changes its routes.",
        ("ANSSI R12", "ANSSI R13", "CIS 3.3.5", "CIS 3.3.6"),
        sysctl={**_both("accept_redirects", "0", _DUAL), **_both("secure_redirects", "0")},
    ),
    Control(
        "source-routes",
        "No packet says which way it goes.",
        ("ANSSI R12", "ANSSI R13", "CIS 3.3.8"),
        sysctl=_both("accept_source_route", "0", _DUAL),
    ),
    Control(
        "forged-senders",
        "A packet comes from where an answer would go.",
        ("ANSSI R12", "CIS 3.3.7"),
        sysctl=_both("rp_filter", "1"),
    ),
    Control(
        "icmp",
        "False errors and calls to all are not answered.",
        ("ANSSI R12", "CIS 3.3.3", "CIS 3.3.4"),
        sysctl={
            "net.ipv4.icmp_ignore_bogus_error_responses": "1",
            "net.ipv4.icmp_echo_ignore_broadcasts": "1",
        },
    ),
    Control(
        "half-open",
        "Connections that were only begun do not use the computer up.",
        ("ANSSI R12", "CIS 3.3.10"),
        sysctl={"net.ipv4.tcp_syncookies": "1", "net.ipv4.tcp_rfc1337": "1"},
    ),
    Control(
        "rare-file-systems",
        "A stick cannot call up file systems that no school uses. USB and UDF stay: lessons come "
        "on sticks and discs.",
        tuple(f"CIS 1.1.1.{number}" for number in range(1, 6)),
        modules=("cramfs", "freevxfs", "hfs", "hfsplus", "jffs2"),
    ),
    Control(
        "rare-protocols",
        "Network protocols that no school uses cannot be called up (CIS: level 2).",
        tuple(f"CIS 3.2.{number}" for number in range(1, 5)),
        modules=("dccp", "tipc", "rds", "sctp"),
    ),
    Control(
        "ssh-who",
        "Over ssh come keepers, and root with a key alone: technicians prepare devices so. CIS "
        "5.1.20 and ANSSI R33, which allow root never, are held to in that part only.",
        ("CIS 5.1.4", "CIS 5.1.10", "CIS 5.1.11", "CIS 5.1.19", "CIS 5.1.21", "CIS 5.1.22"),
        sshd={
            "PermitRootLogin": "prohibit-password",
            "AllowGroups": "root sudo",
            "HostbasedAuthentication": "no",
            "IgnoreRhosts": "yes",
            "PermitEmptyPasswords": "no",
            "PermitUserEnvironment": "no",
            "UsePAM": "yes",
        },
    ),
    Control(
        "ssh-how",
        "Few tries, little time, and no way through to other computers.",
        ("CIS 5.1.8", "CIS 5.1.9", "CIS 5.1.13", "CIS 5.1.14", "CIS 5.1.16", "CIS 5.1.18"),
        sshd={
            "DisableForwarding": "yes",
            "GSSAPIAuthentication": "no",
            "LoginGraceTime": "60",
            "LogLevel": "INFO",
            "MaxAuthTries": "4",
            "MaxStartups": "10:30:60",
        },
    ),
    Control(
        "ssh-files",
        "Who may come in is the administrator's to know.",
        ("ANSSI R50", "CIS 5.1.1"),
        modes={"/etc/ssh/sshd_config": 0o600},
    ),
    Control(
        "sudo",
        "What keepers do as root is asked for again, on a terminal of its own, and written down.",
        ("ANSSI R39", "CIS 5.2.2", "CIS 5.2.3", "CIS 5.2.6"),
        files={
            SUDO_RULES: "Defaults use_pty\n"
            'Defaults logfile="/var/log/sudo.log"\n'
            "Defaults umask=0077\n"
            "Defaults timestamp_timeout=5\n"
        },
    ),
    Control(
        "root-locked",
        "Nobody signs in as root with a password.",
        ("CIS 5.4.2.4",),
        locked=("root",),
    ),
    Control(
        "umask",
        "What someone writes in a shell is theirs alone.",
        ("ANSSI R36", "CIS 5.4.3.3"),
        files={"/etc/profile.d/wasl-umask.sh": "umask 077\n"},
    ),
    Control(
        "idle-shells",
        "A text terminal that was left ends itself after fifteen minutes.",
        ("ANSSI R32", "CIS 5.4.3.2"),
        files={
            "/etc/profile.d/wasl-timeout.sh": 'case "$(tty)" in /dev/tty[0-9]*) '
            "TMOUT=900; readonly TMOUT; export TMOUT ;; esac\n"
        },
    ),
    Control(
        "cron",
        "Only root has things done by the clock.",
        ("ANSSI R50", *(f"CIS 2.4.1.{number}" for number in range(2, 9))),
        files={"/etc/cron.allow": "root\n"},
        modes={
            "/etc/crontab": 0o600,
            **{
                f"/etc/cron.{often}": 0o700
                for often in ("hourly", "daily", "weekly", "monthly", "d")
            },
        },
    ),
    Control(
        "passwords-file",
        "Nobody reads what passwords became.",
        ("ANSSI R50",),
        modes={"/etc/shadow": 0o640, "/etc/gshadow": 0o640},
    ),
    Control(
        "journal",
        "What happened is kept over a restart, packed, and never fills the disk.",
        ("CIS 6.1.2.2", "CIS 6.1.2.3", "CIS 6.1.2.4"),
        files={
            "/etc/systemd/journald.conf.d/wasl.conf": "[Journal]\nStorage=persistent\n"
            "Compress=yes\nForwardToSyslog=no\nSystemMaxUse=200M\n"
        },
    ),
    Control(
        "no-announcing",
        "The computer does not call its name and services out to the network (CIS: level 2).",
        ("ANSSI R62", "CIS 2.1.2", "CIS 2.1.12"),
        masked=("avahi-daemon.service", "avahi-daemon.socket", "rpcbind.service", "rpcbind.socket"),
    ),
    Control(
        "autorun",
        "A stick that is put in runs nothing by itself; CIS asks GNOME for the same.",
        ("CIS 1.7.8",),
        files={
            "/etc/xdg/xfce4/xfconf/xfce-perchannel-xml/thunar-volman.xml": "<?xml version="
            '"1.0" encoding="UTF-8"?>\n<channel name="thunar-volman" version="1.0" '
            'unlocked="root">\n'
            '  <property name="autorun" type="empty">\n'
            '    <property name="enabled" type="bool" value="false"/>\n'
            "  </property>\n</channel>\n"
        },
    ),
)
