"""Countries with lessons of their own, from the tests of that plane."""

from tests.content.conftest import country

__all__ = ["country"]
