"""A provider that nobody here wrote (oai-repo) harvested whole, Dublin Core and LOM, by set."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import oai_repo
from lxml import etree
from oai_repo.exceptions import OAIRepoException

from integrations.content.catalogue import Catalogue
from integrations.content.oai.harvest import harvest
from integrations.content.oai.provider import Provider
from integrations.content.web import Web
from tests.content.provider import Answer, serving
from tests.content.records import dublin_core
from tests.content.test_lom import SAMPLE
from wasl.manifest.content import OaiFeed

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
COUNT = 57
FORMATS = {
    "oai_dc": "http://www.openarchives.org/OAI/2.0/oai_dc/",
    "lom": "http://ltsc.ieee.org/xsd/LOM",
}


class Lessons(oai_repo.DataInterface):  # type: ignore[misc] # the peer has no types
    """Fifty-seven lessons, every third one in the set `science`."""

    limit = 10

    def get_identify(self) -> Any:
        told = oai_repo.Identify()
        told.repository_name = "Peer"
        told.base_url = "http://catalogue.example/oai"
        told.admin_email = ["a@catalogue.example"]
        told.earliest_datestamp = "2026-01-01T00:00:00Z"
        told.deleted_record = "no"
        told.granularity = "YYYY-MM-DDThh:mm:ssZ"
        return told

    def is_valid_identifier(self, identifier: str) -> bool:
        return identifier in self._all()

    def get_metadata_formats(self, identifier: str | None = None) -> list[Any]:
        return [
            oai_repo.MetadataFormat(name, f"http://catalogue.example/{name}.xsd", space)
            for name, space in FORMATS.items()
        ]

    def get_record_header(self, identifier: str) -> Any:
        number = int(identifier.rpartition(":")[2])
        header = oai_repo.RecordHeader()
        header.identifier = identifier
        header.datestamp = f"2026-01-{1 + number % 28:02d}T00:00:00Z"
        header.setspecs = ["science"] if number % 3 == 0 else []
        return header

    def get_record_metadata(self, identifier: str, metadataprefix: str) -> Any:
        if metadataprefix == "lom":
            return etree.fromstring(SAMPLE.encode())
        number = int(identifier.rpartition(":")[2])
        elements = [("title@ar", f"الدرس {number}"), ("language", "ara"), ("rights", "CC BY 4.0")]
        return etree.fromstring(dublin_core(elements).encode())

    def get_record_abouts(self, identifier: str) -> list[Any]:
        return []

    def list_set_specs(self, identifier: str | None = None, cursor: int = 0) -> tuple[Any, ...]:
        return (["science"], None, None)

    def get_set(self, setspec: str) -> Any:
        return oai_repo.Set("science", "Science", [])

    def list_identifiers(
        self,
        metadataprefix: str,
        filter_from: datetime | None = None,
        filter_until: datetime | None = None,
        filter_set: str | None = None,
        cursor: int = 0,
    ) -> tuple[Any, ...]:
        found = [
            name
            for name in self._all()
            if filter_set is None or int(name.rpartition(":")[2]) % 3 == 0
            if filter_from is None or filter_from.replace(tzinfo=UTC) <= self._stamp(name)
        ]
        return (found[cursor : cursor + self.limit], len(found), None)

    def _all(self) -> list[str]:
        return [f"oai:peer.example:{number}" for number in range(COUNT)]

    def _stamp(self, name: str) -> datetime:
        text = self.get_record_header(name).datestamp
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def peer(path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
    """The peer behind our test server."""
    try:
        response = oai_repo.OAIRepository(Lessons()).process(dict(query))
    except OAIRepoException as error:
        return Answer(str(error).encode(), 500)
    return Answer(bytes(response), headers={"Content-Type": "text/xml"})


def harvested(tmp_path: Path, **settings: str) -> tuple[Catalogue, list[str]]:
    catalogue = Catalogue(tmp_path / "catalogue.sqlite3")
    with serving(peer) as url, Web(allow_private=True) as web:
        feed = OaiFeed(kind="oai", name="f", url=f"{url}/oai", allow_private=True, **settings)  # type: ignore[arg-type]
        harvest(feed, Provider(feed.url, web), catalogue, now=NOW)
        harvest(feed, Provider(feed.url, web), catalogue, now=NOW)
    return catalogue, [resource.id for resource in catalogue.resources(["f"])]


def test_dublin_core_whole(tmp_path: Path) -> None:
    catalogue, ids = harvested(tmp_path)
    with catalogue:
        assert len(ids) == COUNT
        titles = {resource.titles["ar"] for resource in catalogue.resources(["f"])}
        assert titles == {f"الدرس {number}" for number in range(COUNT)}
        assert catalogue.quarantine(["f"]) == []


def test_one_set(tmp_path: Path) -> None:
    catalogue, ids = harvested(tmp_path, set="science")
    with catalogue:
        assert len(ids) == COUNT // 3


def test_lom_whole(tmp_path: Path) -> None:
    catalogue, ids = harvested(tmp_path, format="lom")
    with catalogue:
        assert len(ids) == COUNT
        first = next(catalogue.resources(["f"]))
        assert first.titles == {"ar": "الخلية", "fr": "La cellule"}
