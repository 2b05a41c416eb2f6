"""Licences: what a feed says of rights, read into SPDX ids, and judged by a country's list."""

from integrations.content.licences.gate import allowed
from integrations.content.licences.reading import Licence, licence_names, read_licence

__all__ = ["Licence", "allowed", "licence_names", "read_licence"]
