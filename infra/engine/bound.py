"""Run a Python program that ends when the process that started it ends, even by SIGKILL.

Usage: python bound.py PARENT-PID TARGET [ARGUMENT…], where TARGET is a script or a folder with a
`__main__.py`. On systems other than Linux the kernel offers no such bond, and TARGET simply runs.
"""

from __future__ import annotations

import ctypes
import os
import runpy
import signal
import sys

_PR_SET_PDEATHSIG = 1


def bind(parent: int) -> None:
    """Ask the kernel to kill this process with its parent; leave at once if that is gone."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)


if __name__ == "__main__":
    bind(int(sys.argv[1]))
    target = sys.argv[2]
    # What `python TARGET` would have put there instead of this file's folder.
    sys.path[0] = target if os.path.isdir(target) else os.path.dirname(target)
    sys.argv[:] = sys.argv[2:]
    if os.path.isdir(target):
        del sys.path[0]  # run_path puts a folder there itself
    runpy.run_path(target, run_name="__main__")
