"""Saying how far a long read is, to whoever listens; nobody does unless a screen asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[str, float], None]
"""Is told a file name and a number: the share that is read (0 to 1), or from 2 up the number of rows so far."""

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def heard_by(listener: Listener) -> Iterator[None]:
    """Whatever is read meanwhile tells *listener* how far it is."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def tell(file: str, done: float) -> None:
    """How far the read of *file* is; see :data:`Listener`."""
    if (listener := _listener.get()) is not None:
        listener(file, done)
