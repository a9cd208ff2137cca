"""Times one piece of work inside a process of its own; needs nothing but Python, so every peer can run it."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def answer(work: Callable[[], Any], checks: Callable[[Any], dict[str, Any]], *packages: str) -> None:
    """Time *work*, then print its seconds, its checks and the versions it ran on as one line of JSON."""
    start = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - start
    peak = own_peak()  # before the checks, which cost memory too
    names = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages)
    said = {
        "seconds": seconds,
        "own_peak": peak,
        "versions": f"{names} (Python {platform.python_version()})" if packages else "",
        **checks(result),
    }
    json.dump(said, sys.stdout)
    print()


def own_peak() -> int:
    """Most memory (bytes) this process has had, where Linux says so; elsewhere the harness's samples count."""
    status = Path("/proc/self/status")
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
    return int(found[1]) * 1024 if found else 0
