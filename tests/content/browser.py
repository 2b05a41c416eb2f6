"""Headless Chromium driven through its DevTools pipe: pages opened, looked at, typed into.

Messages are JSON, ended by a zero byte, on file descriptors 3 and 4 of the browser.
"""

from __future__ import annotations

import base64
import itertools
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

_FLAGS = (
    "--headless=new",
    "--no-first-run",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--remote-debugging-pipe",
    "--no-proxy-server",
    # A frame of another origin stays in the page's process, where it can be looked into.
    "--disable-site-isolation-trials",
    "--disable-features=IsolateOrigins,site-per-process,IsolateSandboxedIframes",
    "--window-size=1100,800",
)


def chromium() -> str:
    """The browser's path, or a skip with its reason; CI has one, or has failed."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        assert not os.environ.get("CI"), "chromium is not installed"
        pytest.skip("chromium is not installed (playbooks/debian-packages.txt names it)")
    return found


class Browser:
    """One browser with one page."""

    def __init__(self, process: subprocess.Popen[bytes], reading: int, writing: int) -> None:
        self._process, self._reading, self._writing = process, reading, writing
        self._ids = itertools.count(1)
        self._buffer = b""
        self._contexts: dict[int, str] = {}
        target = self._call("Target.createTarget", {"url": "about:blank"})["targetId"]
        attached = self._call("Target.attachToTarget", {"targetId": target, "flatten": True})
        self._session = attached["sessionId"]
        self.page("Page.enable")
        self.page("Runtime.enable")

    def page(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a DevTools method of the page."""
        return self._call(method, parameters, self._session)

    def open(self, url: str) -> None:
        """Go to a page; `until` waits for what is to be on it."""
        self._contexts.clear()
        self.page("Page.navigate", url=url)

    def ask(self, expression: str, context: int | None = None) -> Any:
        """The value of a JavaScript expression in the page (or in one of its frames)."""
        where = {} if context is None else {"contextId": context}
        answer = self.page("Runtime.evaluate", expression=expression, returnByValue=True, **where)
        if "exceptionDetails" in answer:
            raise RuntimeError(str(answer["exceptionDetails"])[:500])
        return answer["result"].get("value")

    def until(self, expression: str, seconds: float = 60) -> Any:
        """The first true value of an expression, in the page or any frame; fails after a while."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for context in (None, *list(self._contexts)):
                try:
                    value = self.ask(expression, context)
                except RuntimeError:  # a frame that went away meanwhile
                    self._contexts.pop(context or 0, None)
                    continue
                if value:
                    return value
            time.sleep(0.2)
        text = self.ask("document.body && document.body.innerText")
        raise AssertionError(f"{expression} never became true; the page says: {str(text)[:500]}")

    def screenshot(self, path: Path) -> None:
        """The visible part of the page as PNG."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(self.page("Page.captureScreenshot")["data"]))

    def _call(
        self, method: str, parameters: dict[str, Any], session: str | None = None
    ) -> dict[str, Any]:
        number = next(self._ids)
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._writing, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(str(answer["error"]))
                result: dict[str, Any] = answer["result"]
                return result
            self._event(answer)

    def _event(self, event: dict[str, Any]) -> None:
        if event.get("method") == "Runtime.executionContextCreated":
            context = event["params"]["context"]
            self._contexts[context["id"]] = context["origin"]
        elif event.get("method") == "Runtime.executionContextDestroyed":
            self._contexts.pop(event["params"]["executionContextId"], None)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._reading], [], [], 60)
            data = os.read(self._reading, 1 << 20) if ready else b""
            if not data:
                raise AssertionError("the browser says nothing any more")
            self._buffer += data
        message, _, self._buffer = self._buffer.partition(b"\0")
        parsed: dict[str, Any] = json.loads(message)
        return parsed


@contextmanager
def browser(home: Path, *flags: str) -> Iterator[Browser]:
    """A browser with an empty profile under `home`, ended afterwards."""
    program = chromium()
    root = ("--no-sandbox",) if os.geteuid() == 0 else ()
    to_browser, writing = os.pipe()
    reading, from_browser = os.pipe()

    def hand_over() -> None:
        first, second = os.dup(to_browser), os.dup(from_browser)
        os.dup2(first, 3)
        os.dup2(second, 4)

    process = subprocess.Popen(
        [program, *_FLAGS, *root, *flags, f"--user-data-dir={home / 'chromium'}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        close_fds=False,
        preexec_fn=hand_over,
    )
    os.close(to_browser)
    os.close(from_browser)
    try:
        yield Browser(process, reading, writing)
    finally:
        process.terminate()
        process.wait(20)
        os.close(writing)
        os.close(reading)
