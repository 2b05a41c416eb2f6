"""What AWS offers in each region, from the CloudFormation data that cfn-lint ships.

The JSON files are read directly and one by one: importing cfn-lint itself takes longer than all
checks together. Nothing here asks the network.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from wasl.errors import WaslError

# Services without a region of their own. Their types are listed in some regions and not in others
# (AWS::Budgets::Budget is in few), and exist wherever us-east-1 lists them.
GLOBAL_SERVICES = frozenset({"Account", "Budgets", "CloudFront", "IAM", "Organizations", "Route53"})
HOME_OF_GLOBAL = "us-east-1"

_DB_CLASSES = "extensions/aws_rds_dbinstance/dbinstanceclass_enum.json"
_DB_VERSIONS = "extensions/aws_rds_dbinstance/engine_version.json"
_NODE_TYPES = "extensions/aws_elasticache_cachecluster/cachenodetype_enum.json"
_CACHE_VERSIONS = "extensions/aws_elasticache_cachecluster/engine_version.json"

Engine = Literal["postgres", "valkey", "redis"]


@dataclass(frozen=True, slots=True)
class Offers:
    """A reader of one folder of schemas (`providers/`, `extensions/`). Files are read once."""

    folder: Path

    def knows_region(self, region: str) -> bool:
        """Whether the data has resource types of that region."""
        return (self.folder / "providers" / f"{region}.json").is_file()

    def names_region(self, region: str) -> bool:
        """Whether the data mentions the region at all, be it only for instance classes."""
        return self.knows_region(region) or region in _load(self.folder, _DB_CLASSES)

    def has_type(self, name: str, region: str) -> bool:
        """Whether a CloudFormation type exists for a tenancy in that region."""
        service = name.split("::")[1] if name.count("::") == 2 else ""
        home = HOME_OF_GLOBAL if service in GLOBAL_SERVICES else region
        return name in _load(self.folder, f"providers/{home}.json")

    def database_classes(self, region: str) -> frozenset[str]:
        """The RDS instance classes of PostgreSQL there."""
        rules = _load(self.folder, _DB_CLASSES).get(region, {}).get("allOf", ())
        return frozenset(_enumerated(rules, "postgres", "DBInstanceClass"))

    def node_types(self, region: str) -> frozenset[str]:
        """The ElastiCache node types there."""
        return frozenset(_load(self.folder, _NODE_TYPES).get(region, {}).get("enum", ()))

    def versions(self, engine: Engine) -> tuple[str, ...]:
        """The versions of an engine, oldest first."""
        file = _DB_VERSIONS if engine == "postgres" else _CACHE_VERSIONS
        rules = _load(self.folder, file)["allOf"]
        return tuple(sorted(_enumerated(rules, engine, "EngineVersion"), key=_in_order))


def installed() -> Offers:
    """The data of the installed cfn-lint. Raises `WaslError` (WASL-MANIFEST-NO-DATA) without it."""
    spec = find_spec("cfnlint")
    folders = spec.submodule_search_locations if spec else None
    if not folders:
        raise _missing("cfn-lint is not installed")
    return Offers(Path(folders[0]) / "data" / "schemas")


@cache
def _load(folder: Path, file: str) -> dict[str, Any]:
    try:
        data = json.loads((folder / file).read_bytes())
    except (OSError, ValueError) as error:
        raise _missing(f"{file}: {type(error).__name__}") from error
    if not isinstance(data, dict):
        raise _missing(f"{file} holds no object")
    return data


def _enumerated(rules: Any, engine: str, key: str) -> list[str]:
    """The values that the rules for `engine` permit: `if Engine is …, then … is one of …`."""
    return [
        value
        for rule in rules
        if rule["if"]["properties"].get("Engine", {}).get("const") == engine
        for value in rule["then"]["properties"].get(key, {}).get("enum", ())
    ]


def _in_order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("-")[0].split(".") if part.isdigit())


def _missing(why: str) -> WaslError:
    return WaslError(
        "WASL-MANIFEST-NO-DATA",
        f"what AWS offers could not be looked up: {why}",
        hint="install wasl with its locked dependencies again",
    )
