"""The house's rules that a machine can hold: who imports whom, and what no file may say."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = ("wasl", "infra", "integrations")


@dataclass(frozen=True)
class Rule:
    """Modules under `inside` (but not under `apart_from`) import nothing under `never`."""

    inside: str
    never: tuple[str, ...]
    apart_from: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()


OUTSIDE_THE_CORE = ("infra", "integrations", "pulumi", "pulumi_aws", "ansible_runner", "httpx")
PLANES = ("cloud", "devices", "identity", "content")
# docs/ARCHITECTURE.md says why each stands.
RULES = (
    Rule("wasl", OUTSIDE_THE_CORE, apart_from=("wasl.cli", "wasl.planes", "wasl.demo")),
    Rule("infra", ("integrations", "wasl.cli", "wasl.planes")),
    Rule("integrations.identity", ("infra", "integrations.content", "wasl.cli", "wasl.planes")),
    Rule("integrations.content", ("infra", "integrations.identity", "wasl.cli", "wasl.planes")),
    # Planes meet in `wasl/planes/` alone: what two of them share stands there.
    *(
        Rule(f"wasl.planes.{plane}", tuple(f"wasl.planes.{o}" for o in PLANES if o != plane))
        for plane in PLANES
    ),
    # The live check knows a state and AWS: no engine, no program.
    Rule(
        "infra.live",
        ("infra", "pulumi", "pulumi_aws", "wasl.planes", "wasl.cli"),
        allowed=("infra.live", "infra.aws", "infra.policies"),
    ),
    # What reads AWS cannot write it.
    Rule("infra.aws", ("infra",), allowed=("infra.aws",)),
    # The engine is found and got without the rest of the cloud plane, by a bare Python.
    Rule("infra.engine", ("infra",), allowed=("infra.engine",)),
    # The program that runs against real AWS knows nothing of the sandbox.
    Rule("infra.components", ("infra.sandbox", "moto")),
    Rule("infra.policies", ("infra.sandbox", "moto")),
)


def committed(*patterns: str) -> list[Path]:
    """The files that git tracks, or would if they were added."""
    # The checkout may belong to another user than the one who tests it.
    command = [
        "git",
        "-c",
        "safe.directory=*",
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "-z",
        *patterns,
    ]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return sorted(path for name in names.split("\0") if name and (path := ROOT / name).is_file())


def modules() -> list[tuple[str, Path]]:
    """The project's modules: dotted name and file."""
    found = []
    for path in committed("*.py"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if parts[0] in OURS:
            found.append((".".join(parts).removesuffix(".__init__"), path))
    return found


def imports(name: str, path: Path) -> Iterator[tuple[int, str]]:
    """Every module imported anywhere in a file, functions included: line and dotted name.

    `from a import b` gives `a.b`, so that it makes no difference whether b is a module.
    """
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*above, *filter(None, [node.module])]) if node.level else node.module
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def under(name: str, roots: tuple[str, ...]) -> bool:
    """Whether a dotted name is one of `roots` or inside one."""
    return any(name == root or name.startswith(f"{root}.") for root in roots)


def broken(rule: Rule, name: str, path: Path) -> Iterator[str]:
    """The imports of a module that a rule forbids."""
    if not under(name, (rule.inside,)) or under(name, rule.apart_from):
        return
    for line, imported in imports(name, path):
        if under(imported, rule.never) and not under(imported, rule.allowed):
            yield f"{path.relative_to(ROOT)}:{line}: {name} imports {imported}"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.inside)
def test_imports_go_one_way(rule: Rule) -> None:
    assert [line for name, path in modules() for line in broken(rule, name, path)] == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import infra.aws", ["infra.aws"]),
        ("from infra import aws", ["infra.aws"]),
        ("from .. import errors", ["errors"]),
        ("from . import model", ["wasl.planes.model"]),
        ("from ..errors import WaslError", ["wasl.errors.WaslError"]),
        ("def f():\n    from pulumi import automation", ["pulumi.automation"]),
    ],
)
def test_every_form_of_import_is_seen(text: str, found: list[str], tmp_path: Path) -> None:
    path = tmp_path / "cloud.py"
    path.write_text(text)
    seen = [name for _line, name in imports("wasl.planes.cloud", path)]
    assert seen == [name if "." in name else f"wasl.{name}" for name in found]


def test_a_forbidden_import_is_reported(tmp_path: Path) -> None:
    path = ROOT / "tests" / "test_architecture.py"
    rule = Rule("wasl", ("pytest",), apart_from=("wasl.cli",))
    assert list(broken(rule, "wasl.manifest", path))
    assert not list(broken(rule, "wasl.cli.main", path))
    assert not list(broken(rule, "infra.aws", path))


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for _name, path in modules()
        if not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert silent == []


# Written so that this file itself does not hold them.
FOREIGN = re.compile(
    "|".join(
        (
            r"(?<![\w.])/(?:work|root|home/[a-z]+|Users/[A-Za-z]+)/",  # a machine's own paths
            r"pypi\." + "org",
            r"files\.python" + "hosted",
            r"proxy\.golang" + r"\.org",
            r"registry\.npm" + "js",
        )
    )
)


def test_no_file_names_a_machine_or_a_package_registry() -> None:
    hits = []
    for path in committed():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        hits += [f"{path.relative_to(ROOT)}: {match[0]}" for match in FOREIGN.finditer(text)]
    assert hits == []
