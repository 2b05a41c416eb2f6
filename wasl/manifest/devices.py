"""The devices section of a manifest: how donated computers are made ready."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from wasl.manifest.base import CheckoutPath, FileName, Line, Model, Names

SigningKey = Annotated[str, StringConstraints(pattern=r"^ed25519:[A-Za-z0-9+/]{43}=$")]
SealingKey = Annotated[str, StringConstraints(pattern=r"^age1[02-9ac-hj-np-z]{58}$")]
LanguageCode = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
# A layout of XKB, with its variant in brackets where it has one.
Keyboard = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,8}(\([a-z0-9_-]{1,30}\))?$")]
AccountName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
PackageName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.+-]{1,80}$")]


class DeviceKeys(Model):
    """The country's public keys: `wasl kit keys CC` makes them and prints these lines."""

    signing: tuple[SigningKey, ...] = Field(
        default=(),
        description="Ed25519 keys that sign kits, images, packs and stations, the newest first.",
    )
    sealing: SealingKey | None = Field(
        default=None, description="The age recipient that devices seal their requests to."
    )


class Minimum(Model):
    """What a computer must have to be given to a school."""

    memory_mib: int = Field(default=3500, ge=512, le=65536, description="Memory, in MiB.")
    disk_gb: int = Field(default=60, ge=8, le=4000, description="The largest disk, in 10⁹ bytes.")
    cores: int = Field(default=2, ge=1, le=64, description="Processor cores.")
    battery_percent: int = Field(
        default=40, ge=0, le=100, description="What a battery still holds of its design capacity."
    )


class Account(Model):
    """A local account of a device; its password is chosen at handover."""

    name: AccountName = Field(description="The name to sign in with.")
    shown: Names = Field(description="The name on the screen, by language.")
    role: Literal["learner", "teacher", "keeper"] = Field(
        description="`keeper` administers the device; the others cannot."
    )


PUPIL = Account(name="pupil", shown=Names(ar="تلميذ", fr="Élève", en="Pupil"), role="learner")
TEACHER = Account(
    name="teacher", shown=Names(ar="معلّم", fr="Enseignant", en="Teacher"), role="teacher"
)
KEEPER = Account(
    name="keeper", shown=Names(ar="أمين الجهاز", fr="Gardien", en="Keeper"), role="keeper"
)
COMMON = ("libreoffice-writer", "libreoffice-impress", "firefox-esr", "vlc")


ControlName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z-]{1,39}$")]


class Desktop(Model):
    """What everyone who signs in finds."""

    lock_minutes: int = Field(
        default=10,
        ge=0,
        le=240,
        description="After how many minutes the screen goes dark and locks; 0 is never.",
    )


class Learning(Model):
    """Lessons without a line."""

    kolibri: bool = Field(default=True, description="Whether Kolibri runs on the device.")
    port: int = Field(default=8080, ge=1024, le=65535, description="The port of its pages.")
    content_port: int = Field(
        default=8081,
        ge=1024,
        le=65535,
        description="The port of its lessons, apart from its pages.",
    )
    shared: bool = Field(
        default=False, description="Whether other computers of the school may use it."
    )

    @model_validator(mode="after")
    def _two_ports(self) -> Self:
        if self.port == self.content_port:
            raise ValueError("Kolibri's two ports are the same")
        return self


class Accessibility(Model):
    """Aids that are on from the start; every other one is a choice at the sign-in screen."""

    text_percent: int = Field(
        default=100, ge=100, le=300, description="Size of text, in percent of the usual."
    )
    high_contrast: bool = Field(default=False, description="Black on white, thick borders.")
    large_pointer: bool = Field(default=False, description="A pointer of twice the size.")
    sticky_keys: bool = Field(
        default=False, description="Shift, Control and Alt pressed one after the other."
    )
    screen_reader: bool = Field(default=False, description="What is on the screen is spoken.")
    screen_keyboard: bool = Field(default=False, description="A keyboard on the screen.")


class Hardening(Model):
    """Which controls do not hold; all that are not named here do."""

    waived: Mapping[ControlName, Line] = Field(
        default={}, description="Controls that do not hold, by name, each with the reason."
    )


class Profile(Model):
    """A kind of device, and what it is made to be."""

    name: FileName = Field(description="How playbooks and records name it.")
    languages: tuple[LanguageCode, ...] = Field(
        default=(),
        max_length=4,
        description="Languages of the desktop, the first shown first; empty: the country's.",
    )
    keyboards: tuple[Keyboard, ...] = Field(
        default=("ara", "us"), min_length=1, max_length=4, description="XKB layouts, in order."
    )
    accounts: tuple[Account, ...] = Field(
        default=(PUPIL, KEEPER), min_length=1, description="Who signs in on it."
    )
    applications: tuple[PackageName, ...] = Field(
        default=COMMON, description="Debian packages beyond those that every device has."
    )
    packs: tuple[FileName, ...] = Field(default=(), description="Content packs, by name.")
    desktop: Desktop = Field(default=Desktop(), description="What everyone finds.")
    learning: Learning = Field(default=Learning(), description="Whether and how Kolibri runs.")
    accessibility: Accessibility = Field(default=Accessibility(), description="Aids that are on.")
    hardening: Hardening = Field(default=Hardening(), description="Controls that do not hold.")
    minimum: Minimum = Field(default=Minimum(), description="What it asks of the hardware.")

    @model_validator(mode="after")
    def _has_a_keeper(self) -> Self:
        if not any(account.role == "keeper" for account in self.accounts):
            raise ValueError("no account has the role keeper: nobody could look after the device")
        return self


class SystemImage(Model):
    """The system that devices get: one image holds the packages of all profiles."""

    sets: tuple[FileName, ...] = Field(
        default=("base", "firmware", "desktop", "learning"),
        min_length=1,
        description="Sets of Debian packages, beside the profiles' applications.",
    )


class Expected(Model):
    """How many devices of a profile a site is to have."""

    profile: FileName = Field(description="The name of a profile.")
    count: int = Field(ge=0, le=100_000, description="How many devices that is.")


class Site(Model):
    """A school or a depot."""

    name: FileName = Field(description="How inventories, stations and records name it.")
    shown: Names = Field(description="Its name, by language.")
    expected: tuple[Expected, ...] = Field(default=(), description="Its devices, by profile.")


class Devices(Model):
    """How computers are made ready: keys, profiles, system, sites."""

    keys: DeviceKeys = Field(default=DeviceKeys(), description="Whom devices and records trust.")
    profiles: tuple[Profile, ...] = Field(
        default=(
            Profile(name="pupil"),
            Profile(name="teacher", accounts=(TEACHER, KEEPER)),
        ),
        min_length=1,
        description="The kinds of device there are.",
    )
    image: SystemImage = Field(default=SystemImage(), description="The system they get.")
    sites: tuple[Site, ...] = Field(default=(), description="Where devices go.")
    inventory: CheckoutPath | None = Field(
        default=None,
        description="The Ansible inventory of its devices, a file of the checkout: what the check "
        "of all planes looks at.",
    )

    @model_validator(mode="after")
    def _names_are_known_and_unique(self) -> Self:
        profiles = [profile.name for profile in self.profiles]
        for field, names in (("profiles", profiles), ("sites", [site.name for site in self.sites])):
            if len(set(names)) != len(names):
                raise ValueError(f"{field} names the same one twice")
        for site in self.sites:
            for expected in site.expected:
                if expected.profile not in profiles:
                    raise ValueError(f"site {site.name} expects the unknown {expected.profile}")
        return self

    def profile(self, name: str) -> Profile | None:
        """The profile of that name."""
        return next((profile for profile in self.profiles if profile.name == name), None)
