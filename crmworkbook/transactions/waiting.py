"""Saying how far a long read is, to whoever listens; nobody does unless a screen asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crmworkbook.text import Language

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


def reading_line(file: str, done: float | None, language: Language) -> str:
    """What a screen says while *file* is read; *done* as for :data:`Listener`, None while that is not known."""
    from crmworkbook import text

    words = text.labels()["order_check"]
    line = text.fill(words["reading"], language, {"file": file})
    if done is None:
        return line
    return f"{line}: {text.fill(words['done' if done <= 1 else 'done_rows'], language, {'share': done, 'rows': done})}"
