"""What a server of the workshop does besides serving: kernels ready before they are asked for, and an end in time."""

from __future__ import annotations

import os
import signal
import sys
import threading

from crmworkbook.kernels import warm_up


def begin() -> None:
    """Called in the server before it serves: the configuration of each kind of server does."""
    warm_up()  # the first kernel need not wait for imports
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End when whoever started this server is gone, however that came: nobody else would end it."""
    sys.stdin.buffer.read()  # the other end is never written to; it closes by itself
    os.kill(os.getpid(), signal.SIGTERM)
