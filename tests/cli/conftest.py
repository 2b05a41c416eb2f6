"""Countries with a roster or lessons of their own, from the tests of those planes."""

from tests.content.conftest import country, library_only
from tests.identity.conftest import world

__all__ = ["country", "library_only", "world"]
