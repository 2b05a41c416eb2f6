"""One `apply` in a process of its own, which a test may kill at any moment.

`python -m tests.content.killed ROOT HOME ENDPOINT BUCKET` brings the library to a bucket,
`python -m tests.content.killed ROOT HOME URL` the partner its resources.
"""

from __future__ import annotations

import sys
from pathlib import Path

from integrations.content.packing import LIBRARY
from tests.content.conftest import Country, to_partner
from tests.content.s3 import bucket
from wasl.planes.content import destinations
from wasl.planes.content.destinations import Packed
from wasl.planes.content.partner import Delivered


def main() -> None:
    """Bring one destination alone, as fast as it goes."""
    root, home, where, *name = sys.argv[1:]
    country = Country(Path(root), Path(home))
    if name:
        destinations._ALL = (lambda chosen: Packed(chosen, LIBRARY),)
        country.bucket = bucket(where, *name)
    else:
        destinations._ALL = (Delivered,)
        country.section = to_partner(where)
    print("begun", flush=True)
    _made, receipts = country.apply()
    print(*receipts, sep="\n", flush=True)


if __name__ == "__main__":
    main()
