"""What is seen of a device's state where a program answers other than on a good day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from playbooks.module_utils.wasl_device import state
from playbooks.module_utils.wasl_device.configure import firewall, managed
from playbooks.module_utils.wasl_device.machine import Output
from wasl.planes.devices.drift import Subject, compare

Answer = Callable[[Sequence[str]], Output | None]


class Answering:
    """A machine whose programs answer as they are told to, and well where they are not."""

    is_live = True

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[tuple[str, ...]] = []

    def run(self, *command: str, timeout: float = 0) -> Output:
        self.asked.append(command)
        return self.answer(command) or Output(0, "", "")

    def read(self, path: str) -> str:
        return ""

    def glob(self, pattern: str) -> list[str]:
        return []


def observed(told: Output) -> dict[str, Any]:
    def answer(command: Sequence[str]) -> Output | None:
        return told if command[:2] == ("dpkg", "--verify") else None

    return state.observe(Answering(answer), Path("/nonexistent"))


@pytest.mark.parametrize("status", [2, 124, 127])
def test_files_that_could_not_be_looked_at_are_not_clean(status: int) -> None:
    """dpkg's database was locked, it took too long, it is not there."""
    before = observed(Output(0, "", ""))
    altered = observed(Output(0, "??5??????   /usr/bin/sudo\n", ""))
    (found,) = compare(before, altered, Subject("jo", "d"))
    assert found.property == "packaged file /usr/bin/sudo"
    now = observed(Output(status, "", "locked"))
    (found,) = compare(before, now, Subject("jo", "d"))
    assert (found.kind.value, found.property) == ("unreadable", "files")


def test_a_firewall_that_somebody_opened_is_loaded_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its table is there still, and lets everything in."""
    mark = tmp_path / "mark"
    mark.touch()
    monkeypatch.setattr(managed, "MARK", mark)
    monkeypatch.setattr(firewall, "PATH", str(tmp_path / "nftables.conf"))
    monkeypatch.setattr(firewall, "LOADED", tmp_path / "firewall.nft")
    loaded = {"text": ""}

    def answer(command: Sequence[str]) -> Output | None:
        if command[:2] == ("nft", "-f"):
            loaded["text"] = Path(command[2]).read_text()
        known = {
            "nft": loaded["text"],
            "dpkg-query": "nftables install ok installed\n",
            "systemctl": "enabled\n",
        }
        return Output(0, known[command[0]], "")

    def changes(*, check: bool = False) -> list[str]:
        role = managed.Role("firewall", Answering(answer), check)
        firewall.configure(role, {"tcp": [22], "udp": []})
        return role.changes

    assert changes() == [firewall.PATH, "load the firewall"]
    assert changes() == []
    loaded["text"] = loaded["text"].replace("policy drop", "policy accept")
    assert changes(check=True) == ["load the firewall"]
    assert changes() == ["load the firewall"]
    assert "policy accept" not in loaded["text"]
    assert changes() == []
