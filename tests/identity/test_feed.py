"""CSV 1.1 by bucket and queue, against the sandbox's AWS and the partner at its other end."""

from __future__ import annotations

import os
import signal
import threading
import zipfile
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from integrations.identity.apply import Applied, Receipt
from integrations.identity.contract import Contract
from integrations.identity.feed import Feed, FeedSender
from integrations.identity.generated import Size, Tables, roster
from integrations.identity.snapshot import Snapshot
from integrations.identity.store import Store
from tests.identity.conftest import Ends, client
from tests.identity.support import Made, Memory, copied, planned
from tests.identity.test_planning import FREE

pytestmark = pytest.mark.slow

SMALL = roster(Size(schools=2, classes=2, pupils=3))


class AtFeed(Memory):
    """What the harness reads and sends to, by the feed."""

    def __init__(self, feed: Feed) -> None:
        super().__init__()
        self.feed = feed

    def snapshot(self, store: Store, contract: Contract) -> Snapshot:
        return self.feed.snapshot(store, contract, lambda what, rows: None)


def _apply(made: Made, ends: Ends, tmp_path: Path, *, answers: bool = True) -> Applied:
    folder = made.plan.store.file("delivery/x").parent
    sender = FeedSender(ends.feed, made.terms.contract, folder, 20 if answers else 0)
    done = threading.Event()

    def work() -> None:
        while not done.wait(0.1):
            ends.partner.work()

    thread = threading.Thread(target=work)
    if answers:
        thread.start()
    applied = made.apply(sender, tmp_path / "journal")  # type: ignore[arg-type]
    done.set()
    if answers:
        thread.join()
    return applied


def _plan(tables: Tables, ends: Ends) -> Any:
    return planned(tables, AtFeed(ends.feed), guards=FREE)


def test_a_delivery_is_accepted_and_planning_again_gives_nothing(
    ends: Ends, tmp_path: Path
) -> None:
    with _plan(SMALL, ends) as made:
        applied = _apply(made, ends, tmp_path)
        assert applied.total("accepted") == made.plan.size
    assert len(ends.partner.rows["users"]) == len(SMALL["users"])
    after = copied(SMALL)
    after["users"][1]["givenName"] = "سعاد, الثانية"
    with _plan(after, ends) as made:
        key = after["users"][1]["sourcedId"]
        assert made.changes() == {("users", "update", key, "differs")}
        _apply(made, ends, tmp_path)
    with _plan(after, ends) as made:
        assert made.changes() == set()


def _cut_off(step: str, aws: str, bucket: str, queue: str, folder: Path) -> None:
    """Deliver, and be killed where that step would begin; in a process of its own."""

    def killed(*_given: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(Feed, step, killed)
    feed = Feed(client(aws, "s3"), client(aws, "sqs"), bucket, "feeds/roster/", queue)
    with planned(SMALL, AtFeed(feed), guards=FREE) as made:
        sender = FeedSender(feed, made.terms.contract, made.plan.store.file("delivery/x").parent, 1)
        made.apply(sender, folder)  # type: ignore[arg-type]


@pytest.mark.parametrize("step", ["upload", "announce", "answer"])
def test_killed_on_the_way_the_next_run_delivers_all_and_nothing_twice(
    step: str, aws: str, ends: Ends, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    given = (step, aws, ends.feed.bucket, ends.feed.queue, tmp_path / "journal")
    child = get_context("spawn").Process(target=_cut_off, args=given)
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL
    with _plan(SMALL, ends) as made:
        assert made.plan.size == sum(map(len, SMALL.values()))  # the partner has nothing yet
        applied = _apply(made, ends, tmp_path)
        assert applied.total("accepted") == made.plan.size
    for kind, rows in SMALL.items():
        assert set(ends.partner.rows[kind]) == {row["sourcedId"] for row in rows}
    with _plan(SMALL, ends) as made:
        assert made.changes() == set()


def test_without_a_receipt_nobody_knows(ends: Ends, tmp_path: Path) -> None:
    with _plan(SMALL, ends) as made:
        applied = _apply(made, ends, tmp_path, answers=False)
        assert applied.total("unknown") == made.plan.size
        assert applied.total("accepted") == 0


def test_a_delivery_that_the_partner_refuses(
    ends: Ends, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: FeedSender) -> Path:
        path = self.folder / "delivery.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("manifest.csv", "propertyName,value\nfile.users,bulk\n")
        return path

    monkeypatch.setattr(FeedSender, "_packed", broken)
    with _plan(SMALL, ends) as made:
        applied = _apply(made, ends, tmp_path)
        assert applied.total("rejected") == made.plan.size
        assert applied.failures == [
            ("the delivery", "rejected", "the partner refused the delivery")
        ]


def test_what_is_delivered_is_a_delta_with_the_contract_s_fields_alone(
    ends: Ends, tmp_path: Path
) -> None:
    tables = copied(SMALL)
    tables["users"][1]["password"] = "hunter2"
    with _plan(tables, ends) as made:
        _apply(made, ends, tmp_path)
    keys = ends.feed.s3.list_objects_v2(Bucket=ends.feed.bucket)["Contents"]
    (key,) = [item["Key"] for item in keys if "deliveries/" in item["Key"]]
    ends.feed.s3.download_file(ends.feed.bucket, key, str(tmp_path / "d.zip"))
    with zipfile.ZipFile(tmp_path / "d.zip") as archive:
        users = archive.read("users.csv").decode("utf-8")
        assert "file.users,delta" in archive.read("manifest.csv").decode()
    assert "hunter2" not in users
    assert users.splitlines()[1].split(",")[1] == "active"


def test_receipts_of_other_deliveries_do_not_count(ends: Ends) -> None:
    from integrations.identity.feed import Delivery

    delivery = Delivery(
        kind="wasl.roster.delivery",
        version=1,
        delivery="mine",
        bucket=ends.feed.bucket,
        key="k",
        receipt="r.json",
        records={},
    )
    for body in (b"{", b"[]", b'{"delivery": "other", "outcome": "accepted"}'):
        ends.feed.s3.put_object(Bucket=ends.feed.bucket, Key="r.json", Body=body)
        assert ends.feed.answer(delivery) is None
    assert Receipt("unknown").outcome == "unknown"
