"""The command line as its users meet it: a process, its two streams, its exit status."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.manifest.conftest import ROOT
from wasl.cli.arguments import FORMATS
from wasl.cli.arguments import LANGUAGES as CLI_LANGUAGES
from wasl.cli.main import VERBS
from wasl.messages import LANGUAGES
from wasl.report import RENDERERS


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder in ("countries", "partners"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "waivers.schema.json", tmp_path)
    return tmp_path


def wasl(root: Path, *args: str, code: str = "") -> subprocess.CompletedProcess[str]:
    """Run `wasl`; `code` runs first in its process."""
    program = f"import sys; {code}\nfrom wasl.cli.main import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-c", program, *args],
        cwd=root,
        env={**os.environ, "WASL_HOME": str(root / "home")},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def test_help_is_one_screen_and_imports_nothing_heavy(root: Path) -> None:
    done = wasl(
        root,
        "--help",
        code="import atexit; atexit.register(lambda: print(*sys.modules, file=sys.stderr))",
    )
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) <= 24 + len(VERBS)
    assert all(verb.help in done.stdout for verb in VERBS)
    heavy = {"pulumi", "boto3", "botocore", "pydantic", "yaml", "rich", "grpc", "cfnlint"}
    assert not heavy & set(done.stderr.split())


def test_a_fork_has_no_thread_of_grpcs(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such a thread ends a child before its exec, now and then: see wasl/__init__.py."""
    code = """
import os, time, grpc
from concurrent.futures import ThreadPoolExecutor
server = grpc.server(ThreadPoolExecutor(1))
server.add_insecure_port("127.0.0.1:0")
server.start()
server.stop(0).wait()
child = os.fork()
if child == 0:
    time.sleep(0.1)
    os._exit(len(os.listdir("/proc/self/task")))
print("threads:", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
    monkeypatch.delenv("GRPC_ENABLE_FORK_SUPPORT")  # this process has it already
    done = wasl(root, "--help", code="import wasl.cli.main" + code)
    assert done.stdout.startswith("threads: 1\n"), done.stdout + done.stderr


def test_what_help_spells_out_is_what_there_is() -> None:
    assert tuple(RENDERERS) == FORMATS
    assert LANGUAGES == CLI_LANGUAGES


@pytest.mark.parametrize("verb", [verb.name for verb in VERBS])
def test_each_verb_explains_itself(root: Path, verb: str) -> None:
    done = wasl(root, verb, "--help")
    assert done.returncode == 0
    assert f"usage: wasl {verb}" in done.stdout
    assert "--language" in done.stdout


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ([], "usage: wasl VERB"),
        (["chekc"], "did you mean check?"),
        (["--format", "json", "check"], "options follow the verb"),
        (["check", "--format", "xml"], "invalid choice: 'xml'"),
        (["check", "--nonsense"], "unrecognized arguments"),
        (["check", "jo"], "unrecognized arguments"),
        (["drift", "jo", "--width", "-1"], "'-1' is no number of stacks"),
    ],
)
def test_wrong_usage_is_64(root: Path, args: list[str], words: str) -> None:
    done = wasl(root, *args)
    assert (done.returncode, done.stdout) == (64, "")
    assert words in done.stderr


def test_check_clean(root: Path) -> None:
    done = wasl(root, "check")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("no findings\n")


def test_check_works_from_a_folder_below(root: Path) -> None:
    assert wasl(root / "countries", "check").returncode == 0


def test_check_finds_differences(root: Path) -> None:
    edit(root / "countries/tn.yaml", "10.16.0.0/16", "10.8.0.0/16")
    done = wasl(root, "check", "--format", "json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["findings"][0]["property"] == "network.cidr"


def test_check_fails_on_broken_files_and_reports_them_in_the_format_asked_for(root: Path) -> None:
    edit(root / "countries/tn.yaml", "region:", "regoin:")
    edit(root / "countries/jo.yaml", "zones: 2", "zones: 9")
    done = wasl(root, "check", "--format", "json")
    assert done.returncode == 1
    found = {finding["property"] for finding in json.loads(done.stdout)["findings"]}
    assert found == {"regoin", "network.zones"}


def test_check_speaks_arabic(root: Path) -> None:
    edit(root / "countries/tn.yaml", "region:", "regoin:")
    assert "هل قصدت region؟" in wasl(root, "check", "--language", "ar").stdout


def test_an_error_says_what_where_and_what_next(tmp_path: Path) -> None:
    done = wasl(tmp_path, "check")
    assert done.returncode == 1
    assert done.stderr.startswith("WASL-MANIFEST-NONE: ")
    assert "  where: " in done.stderr
    assert "  next:  " in done.stderr


def test_output_goes_into_a_file_whole(root: Path) -> None:
    done = wasl(root, "check", "--format", "json", "--output", "report.json")
    assert (done.returncode, done.stdout) == (0, "")
    assert json.loads((root / "report.json").read_text())["version"] == 1
    assert not list(root.glob(".report.json*"))


def test_output_that_cannot_be_written(root: Path) -> None:
    done = wasl(root, "check", "--output", "no/such/folder/report.json")
    assert done.returncode == 1
    assert "WASL-FILE-NOT-WRITTEN" in done.stderr


@pytest.mark.slow
def test_schema_is_written_and_compared(root: Path) -> None:
    assert wasl(root, "schema", "--check").returncode == 0
    before = (root / "countries/schema.json").read_bytes()
    (root / "countries/schema.json").write_text("{}")
    assert wasl(root, "schema", "--check").returncode == 2
    assert (root / "countries/schema.json").read_text() == "{}"
    assert wasl(root, "schema").returncode == 0
    assert (root / "countries/schema.json").read_bytes() == before


def breaking(what: str) -> str:
    """Code that makes `check` raise `what`."""
    return f"import wasl.cli.check as c\ndef run(args, context): {what}\nc.run = run"


def test_a_defect_is_one_line_and_a_private_file(root: Path) -> None:
    done = wasl(root, "check", code=breaking("raise ValueError('hunter2')"))
    assert done.returncode == 1
    assert done.stderr.startswith("WASL-BUG: ValueError in ")
    assert len(done.stderr.splitlines()) == 1
    assert "hunter2" not in done.stderr
    (file,) = (root / "home" / "bugs").iterdir()
    assert "hunter2" in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_an_interruption_says_what_it_left(root: Path) -> None:
    done = wasl(
        root,
        "check",
        code=breaking("context.console.left('jo is half up'); raise KeyboardInterrupt"),
    )
    assert done.returncode == 130
    assert "jo is half up" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_reader_that_goes_away_is_no_error(root: Path) -> None:
    program = "import sys; from wasl.cli.main import main; sys.exit(main())"
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-c", program, "check"],
        cwd=root,
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")


def test_nobody_to_ask_is_wrong_usage(root: Path) -> None:
    done = wasl(root, "check", code=breaking("context.confirm('Go on?')"))
    assert done.returncode == 64
    assert "--yes" in done.stderr


def test_yes_answers(root: Path) -> None:
    done = wasl(root, "check", "--yes", code=breaking("return 0 if context.confirm('?') else 1"))
    assert done.returncode == 0


def edit(path: Path, old: str, new: str) -> None:
    """Replace the first `old` that begins a line or a value."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    for before in ("\n", " "):
        if before + old in text:
            path.write_text(text.replace(before + old, before + new, 1), encoding="utf-8")
            return
