"""Countries and partners as data: the models, and how their files are read and checked."""

from wasl.manifest.country import Country, Language
from wasl.manifest.partner import Partner
from wasl.manifest.residency import Residency

__all__ = ["Country", "Language", "Partner", "Residency"]
