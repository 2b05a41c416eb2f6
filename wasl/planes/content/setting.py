"""What one command works with: the country's rules, its local state, bucket and keys."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo

from infra.engine.lock import cache
from integrations.content.catalogue import Catalogue
from integrations.content.classify import subject_names
from integrations.content.languages import language_codes
from integrations.content.licences import licence_names
from integrations.content.mirror.bucket import Bucket
from integrations.content.mirror.objects import Objects
from integrations.content.rules import Rules
from integrations.content.shelf import Shelf, Signing
from integrations.content.web import Web
from playbooks.module_utils.wasl_device.signed import PublicKey, SigningKey
from playbooks.module_utils.wasl_device.trust import Trust
from wasl.errors import WaslError
from wasl.journal import FolderStore, Journal
from wasl.language import grade_table
from wasl.manifest.catalogue import Catalogue as Manifests
from wasl.manifest.catalogue import load_country
from wasl.manifest.content import Content, FolderFeed, OaiFeed
from wasl.manifest.country import Country
from wasl.manifest.partner import Partner
from wasl.planes.check import Progress as Progress
from wasl.planes.content.tenancy import bucket_of
from wasl.planes.keyring import Keyring, certificate, trusted
from wasl.result import Message

_HARVEST = "catalogue.sqlite3"
_ANY = 10**9  # what was tried before goes, however much it is


@dataclass(frozen=True)
class Setting:
    """All that is known before anything is harvested. `bucket` is None without a tenancy."""

    root: Path
    home: Path
    manifests: Manifests
    country: Country
    content: Content
    bucket: Bucket | None
    notes: tuple[Message, ...]
    today: date
    web: Callable[[bool], Web] = Web

    @property
    def folder(self) -> Path:
        """This country's part of the local state."""
        return self.home / "content" / self.country.code

    @property
    def objects(self) -> Objects:
        """The mirror on disk."""
        return Objects(self.folder / "mirror")

    @property
    def shelf(self) -> Shelf:
        """The packs, on disk and in the bucket."""
        return Shelf(self.folder / "packs", self.bucket)

    @property
    def partner(self) -> Partner:
        """The partner whose platform the country runs."""
        return self.manifests.partner(self.country.code)

    @property
    def cache(self) -> Path:
        """Where environments of other programs are kept, for all countries."""
        return cache()

    def rules(self) -> Rules:
        """The country's rules. Raises `WaslError` for a word in them that no resource can meet.

        A mistyped one would else withdraw all that the right one lets through.
        """
        table, content = grade_table(self.country.code, self.today), self.content
        self._known("levels", "grades", content.levels, [one.code for one in table.grades])
        self._known("subjects", "subjects", content.subjects, subject_names())
        self._known("languages", "languages", content.languages, language_codes())
        self._known("licences", "licences", content.licences, licence_names())
        languages = [language.code for language in self.country.languages]
        return Rules.of(self.content, languages, table)

    @contextmanager
    def catalogue(self) -> Iterator[Catalogue]:
        """The harvest, for this command alone. Raises WASL-CONTENT-BUSY where another works."""
        with self._locked(fcntl.LOCK_EX), Catalogue(self._harvest) as catalogue:
            yield catalogue

    @contextmanager
    def reading(self) -> Iterator[Catalogue]:
        """The harvest for whoever only reads, many at a time. Raises WASL-CONTENT-BUSY."""
        with self._locked(fcntl.LOCK_SH) as lock:
            if not self._harvest.exists() or self._harvest.with_name(f"{_HARVEST}-wal").exists():
                fcntl.flock(lock, fcntl.LOCK_EX)  # one at a time tidies up after a killed writer
                Catalogue(self._harvest).close()
                fcntl.flock(lock, fcntl.LOCK_SH)
            with Catalogue(self._harvest, frozen=True) as catalogue:
                yield catalogue

    @property
    def _harvest(self) -> Path:
        return self.folder / _HARVEST

    @contextmanager
    def _locked(self, how: int) -> Iterator[IO[str]]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, how | fcntl.LOCK_NB)
            except BlockingIOError:
                raise WaslError(
                    "WASL-CONTENT-BUSY",
                    f"another command works on the content of {self.country.code}",
                    where=str(self.folder),
                    hint="wait until it has ended",
                ) from None
            yield lock

    def journal(self) -> Journal:
        """A new segment beside what it is about."""
        return Journal(FolderStore(self.folder / "journal"), self.country.digest)

    def trust(self) -> Trust:
        """Whom packs of this country may be signed by: the manifest's keys, and those held here."""
        ring = Keyring(self.home, self.country.code)
        known = trusted(self.country.code, self.country.devices.keys, [ring.statements])
        if not ring.country_key.exists():
            return known
        own = SigningKey.load(ring.country_key).public
        roots: tuple[PublicKey, ...] = tuple(dict.fromkeys((*known.roots, own)))
        return Trust(known.country, roots, known.certificates, known.revoked)

    def signing(self) -> Signing:
        """The country's key, else a station's that is certified to publish.

        Raises WASL-CONTENT-NO-KEY where neither is here.
        """
        ring, trust = Keyring(self.home, self.country.code), self.trust()
        if ring.country_key.exists():
            return Signing(SigningKey.load(ring.country_key), trust)
        if ring.station_key.exists():
            key = SigningKey.load(ring.station_key)
            certified = certificate(ring, key.public)
            if certified is not None and "publish" in certified["body"]["roles"]:
                return Signing(key, trust, certified)
        code = self.country.code
        raise WaslError(
            "WASL-CONTENT-NO-KEY",
            f"there is no key here that may sign packs for {code}",
            where=str(ring.country_key),
            hint=f"wasl kit keys {code}; or on a build machine: wasl kit station {code}, and have "
            f"it certified by wasl kit certify {code} KEY --role publish",
        )

    def _known(self, name: str, what: str, asked: Iterable[str], known: Collection[str]) -> None:
        unknown = [one for one in asked if one not in known]
        if unknown:
            key = f"content.{name}"
            raise WaslError(
                "WASL-CONTENT-MANIFEST",
                f"unknown {what}: {', '.join(unknown)}",
                where=f"{self.manifests.location(self.country.code, key)} {key}",
                hint=f"known: {', '.join(known)}",
            )


def setting(
    root: Path,
    home: Path,
    code: str,
    environ: Mapping[str, str],
    feed: str | None = None,
    *,
    read_only: bool = False,
) -> Setting:
    """Read the manifest, with `feed` (a URL or a folder) in place of its feeds if given.

    With `read_only` the tenancy's bucket is only looked at.
    """
    manifests = load_country(root, code)
    country = manifests.countries[code]
    content = _with_feed(country.content, root, feed) if feed else country.content
    if not content.feeds:
        raise WaslError(
            "WASL-CONTENT-MANIFEST",
            "the manifest names no feed",
            where=f"countries/{code}.yaml content.feeds",
            hint="add one there, or try one by --feed URL|PATH",
        )
    bucket, note = bucket_of(home, code, environ, read_only=read_only)
    today = datetime.now(UTC).astimezone(ZoneInfo(country.time_zone)).date()
    notes = (note,) if note else ()
    return Setting(root, home, manifests, country, content, bucket, notes, today)


def _with_feed(content: Content, root: Path, feed: str) -> Content:
    """The section with one feed: one of its own by name, a URL, or a folder."""
    named = [one for one in content.feeds if one.name == feed]
    if named:
        return content.model_copy(update={"feeds": tuple(named)})
    if feed.startswith(("http://", "https://")):
        tried = OaiFeed(kind="oai", name="given", url=feed, may_withdraw=_ANY)
        return content.model_copy(update={"feeds": (tried,)})
    path = Path(feed).resolve()
    if not path.is_relative_to(root.resolve()):
        raise WaslError(
            "WASL-CONTENT-MANIFEST",
            "a folder feed lies in the checkout",
            where=str(path),
            hint="copy it there, or name it by a path in the checkout",
        )
    relative = str(path.relative_to(root.resolve()))
    folder = FolderFeed(kind="folder", name="given", path=relative, may_withdraw=_ANY)
    return content.model_copy(update={"feeds": (folder,)})
