"""What a page may send: anything else is refused before it reaches the client folder.

The pages send nothing else by themselves. But a window that was open while the workbook was renewed sends what it
knows, and whoever holds the address of the workshop can send what they like.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, TypeAdapter, ValidationError

from crmworkbook.errors import FieldError
from crmworkbook.text import Language, Text, labels

Typed = StrictStr | list[StrictStr] | None
_Position = Annotated[StrictInt, Field(ge=0)]
_Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
_Part = tuple[StrictStr, Literal["value", "source", "confidence"]]
_Cell = tuple[Annotated[StrictStr, Field(pattern="^table:")], _Position, StrictStr]
_Score = tuple[Annotated[StrictStr, Field(pattern="^scores:")], StrictStr, StrictStr, Literal["score", "target"]]


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True)


class _Ping(_Message):
    type: Literal["ping"]
    n: StrictInt


class _Refresh(_Message):
    type: Literal["refresh"]


class _Save(_Message):
    type: Literal["save"]
    address: _Cell | _Score | _Part
    value: Typed
    seen: Typed


class _Row(_Message):
    type: Literal["row"]
    address: tuple[Annotated[StrictStr, Field(pattern="^table:")]]
    value: dict[StrictStr, Typed]
    n: StrictInt


class _RemoveRow(_Message):
    type: Literal["remove_row"]
    address: tuple[Annotated[StrictStr, Field(pattern="^table:")]]
    row: _Position
    n: StrictInt


class _Ask(_Message):
    type: Literal["ask"]
    field: StrictStr
    what: StrictStr
    who: StrictStr = ""
    ballot: StrictStr = ""
    options: list[StrictStr] = []
    points: dict[StrictStr, _Number] = {}
    dots: _Number = 1
    name: StrictStr = ""
    replace: StrictBool = False


class _Slide(_Message):
    type: Literal["move", "release"]
    name: StrictStr
    value: _Number | None  # None: back where it began


class _Use(_Message):
    type: Literal["use"]
    name: StrictStr
    value: _Number
    n: StrictInt


class _Report(_Message):
    type: Literal["report"]
    n: StrictInt


_FORM: TypeAdapter[Any] = TypeAdapter(_Ping | _Refresh | _Save | _Row | _RemoveRow | _Ask)
_SLIDERS: TypeAdapter[Any] = TypeAdapter(_Ping | _Refresh | _Slide | _Use)
_PREVIEW: TypeAdapter[Any] = TypeAdapter(_Ping | _Refresh | _Report)


def is_of_a_form(message: Any) -> bool:
    """Whether a form sends messages such as this one."""
    return _fits(_FORM, message)


def is_of_a_preview(message: Any) -> bool:
    """Whether the button that makes the report sends messages such as this one."""
    return _fits(_PREVIEW, message)


def is_of_sliders(message: Any) -> bool:
    """Whether sliders send messages such as this one."""
    return _fits(_SLIDERS, message)


def _fits(adapter: TypeAdapter[Any], message: Any) -> bool:
    try:
        adapter.validate_python(message)
    except (ValidationError, RecursionError):
        return False
    return True


def refused() -> FieldError:
    """The error for what a page does not send, or about something that the form does not have."""
    return FieldError("field", labels()["form"]["refused"])


def refusal(message: Any, words: Text, language: Language) -> dict[str, Any] | None:
    """The answer to a message that is refused, for the place that it came from; None when it names none."""
    if not isinstance(message, dict):
        return None
    told = words[language]
    match message.get("type"):
        case "save":
            return {"type": "reply", "address": message.get("address"), "state": "invalid", "message": told}
        case "ask":
            return {"type": "part", "field": message.get("field"), "what": message.get("what"), "fault": told}
        case "move" | "release":
            return {"type": "moved"}
        case "row" | "remove_row" | "use" | "report":
            return {"type": "told", "n": message.get("n"), "state": "invalid", "message": told}
    return None
