"""One place of the client file written, and versions of a value made one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crmworkbook import disk
from crmworkbook.errors import Fault
from crmworkbook.saving.state import State
from crmworkbook.saving.yaml_text import OnlyByHand, put, take_out

Written = tuple[disk.Found, bytes]  # which file, and what it is to hold


def merge_parts(
    seen: Mapping[str, Any] | None, theirs: Mapping[str, Any] | None, mine: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Three versions of something with parts made one; None when both sides changed the same part.

    A part that *mine* does not name stays as the other side has it; one that is None is emptied.
    """
    before, there = seen or {}, theirs or {}
    result = dict(there)
    for part, value in mine.items():
        if value == before.get(part):
            continue
        if there.get(part) not in (before.get(part), value):
            return None
        result[part] = value
    return result


def write_at(state: State, place: Sequence[str], plain: Any, after: Sequence[str] = ()) -> Written:
    """The client file with *plain* at *place*; see `yaml_text.put`.

    Raises:
        SaveError: only a hand can change this place.
    """
    try:
        text = put(state.text, state.root, place, plain, after=after)
    except (OnlyByHand, RecursionError) as error:
        raise disk.save_error("by_hand", file=state.path.name, place=".".join(place)) from error
    return state.found, _bytes(state, text)


def taken_out(state: State, place: Sequence[str]) -> Written:
    """The client file without the entry at *place*; errors as `write_at`."""
    try:
        text = take_out(state.text, state.root, place)
    except (OnlyByHand, RecursionError) as error:
        raise disk.save_error("by_hand", file=state.path.name, place=".".join(place)) from error
    return state.found, _bytes(state, text)


def _bytes(state: State, text: str) -> bytes:
    return text.encode("utf-8-sig" if state.found.data.startswith(b"\xef\xbb\xbf") else "utf-8")


def new_faults(new: Sequence[Fault], old: Sequence[Fault]) -> list[Fault]:
    """The faults that were not there before."""
    known = {(fault.field, fault.wrong) for fault in old}
    return [fault for fault in new if (fault.field, fault.wrong) not in known]
