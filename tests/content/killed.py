"""One `apply` in a process of its own, which a test may kill at any moment.

`python -m tests.content.killed ROOT HOME ENDPOINT BUCKET`
"""

from __future__ import annotations

import sys
from pathlib import Path

from integrations.content.packing import LIBRARY
from tests.content.conftest import Country
from tests.content.s3 import bucket
from wasl.planes.content import destinations
from wasl.planes.content.destinations import Packed


def main() -> None:
    """Bring the library alone, as fast as it goes."""
    root, home, endpoint, name = sys.argv[1:]
    destinations._ALL = (lambda chosen: Packed(chosen, LIBRARY),)
    country = Country(Path(root), Path(home), bucket(endpoint, name))
    print("begun", flush=True)
    _made, receipts = country.apply()
    print(*receipts, sep="\n", flush=True)


if __name__ == "__main__":
    main()
