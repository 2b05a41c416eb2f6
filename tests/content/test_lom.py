"""IEEE LOM read into the model; the sections are those of IEEE 1484.12.1."""

from __future__ import annotations

import pytest

from integrations.content.faults import Refused
from integrations.content.metadata.lom import read_lom
from integrations.content.model import Encoding
from integrations.content.xml import parse

SAMPLE = """<lom xmlns="http://ltsc.ieee.org/xsd/LOM">
<general>
  <identifier><catalog>DOI</catalog><entry>10.1/x</entry></identifier>
  <title><string language="ar">الخلية</string><string language="fr">La cellule</string></title>
  <language>ara</language>
  <description><string language="ar">درس عن الخلية</string></description>
  <keyword><string language="fr">biologie</string></keyword>
</general>
<lifeCycle>
  <contribute><role><value>author</value></role>
    <entity>BEGIN:VCARD\nVERSION:3.0\nFN:Leïla Ben Salah\nEND:VCARD</entity></contribute>
  <contribute><role><value>publisher</value></role><entity>ALECSO</entity></contribute>
</lifeCycle>
<metaMetadata/>
<technical><format>video/mp4</format><size>1000</size>
  <location>https://a.example/cell.mp4</location></technical>
<educational>
  <learningResourceType><value>narrative text</value></learningResourceType>
  <intendedEndUserRole><value>learner</value></intendedEndUserRole>
  <context><value>primary education</value></context>
  <typicalAgeRange><string language="en">10-11</string></typicalAgeRange>
  <typicalLearningTime><duration>PT45M</duration></typicalLearningTime>
  <difficulty><value>easy</value></difficulty>
</educational>
<rights><description><string language="en">CC BY 4.0</string></description></rights>
<classification><purpose><value>discipline</value></purpose>
  <taxonPath><taxon><entry><string language="en">Science</string></entry></taxon></taxonPath>
</classification>
<classification><purpose><value>educational level</value></purpose>
  <taxonPath><taxon><entry><string>5e année de base</string></entry></taxon></taxonPath>
</classification>
<classification><purpose><value>educational objective</value></purpose>
  <taxonPath><taxon><entry><string language="fr">Décrire la cellule</string></entry></taxon>
  </taxonPath></classification>
<classification><purpose><value>competency</value></purpose>
  <taxonPath><taxon><entry><string language="ar">الملاحظة</string></entry></taxon></taxonPath>
</classification>
<classification><purpose><value>prerequisite</value></purpose></classification>
</lom>"""


def test_each_category_finds_its_place() -> None:
    resource = read_lom(parse(SAMPLE.encode()), "id", "f", "2026-01-01")
    assert resource.titles == {"ar": "الخلية", "fr": "La cellule"}  # 1.2
    assert resource.languages == ("ar",)  # 1.3
    assert resource.subjects == ("biologie", "Science")  # 1.5, 9
    assert resource.creators == ("Leïla Ben Salah",)  # 2.3
    assert resource.publishers == ("ALECSO",)
    assert resource.encodings == (Encoding("https://a.example/cell.mp4", "video/mp4", 1000),)  # 4
    assert resource.ages == ("10-11",)  # 5.7
    assert resource.time_required == "PT45M"  # 5.9
    assert resource.rights == ("CC BY 4.0",)  # 6.3
    assert resource.levels == ("5e année de base", "primary education")  # 9, 5.6
    assert resource.identifiers == ("10.1/x",)
    assert resource.teaches == ("Décrire la cellule", "الملاحظة")  # 9
    assert {loss.element for loss in resource.losses} == {
        "metaMetadata",
        "educational.difficulty",
        "classification.prerequisite",
    }


def test_6_2_restrictions_without_words_are_all_rights_reserved() -> None:
    lom = SAMPLE.replace(
        '<description><string language="en">CC BY 4.0</string></description>',
        "<copyrightAndOtherRestrictions><value>yes</value></copyrightAndOtherRestrictions>",
    )
    assert read_lom(parse(lom.encode()), "id", "f", "").rights == ("all rights reserved",)


def test_a_record_without_a_title_is_refused() -> None:
    with pytest.raises(Refused):
        read_lom(parse(b'<lom xmlns="http://ltsc.ieee.org/xsd/LOM"/>'), "id", "f", "")


@pytest.mark.parametrize("size", ["²", "9" * 5000, "-1", "١"])
def test_a_size_that_is_none_is_left_out(size: str) -> None:
    record = SAMPLE.replace("<size>1000<", f"<size>{size}<")
    (file,) = read_lom(parse(record.encode()), "id", "f", "").encodings
    assert file.size is None
