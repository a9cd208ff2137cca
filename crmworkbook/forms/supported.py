"""Answers and assumptions in parts: the value, where it comes from, and how sure we are of it."""

from __future__ import annotations

from typing import Any, Literal

from crmworkbook import chapters
from crmworkbook.chapters import AssumptionSpec, Question
from crmworkbook.client import WORDY, Answer, Assumption
from crmworkbook.errors import FieldError
from crmworkbook.forms.typed import parse, shown
from crmworkbook.saving import AnswerField, AssumptionField
from crmworkbook.text import Language, Text, labels

Part = Literal["value", "source", "confidence"]
Held = Answer | Assumption | None


def spec_of(address: str) -> Question | AssumptionSpec:
    """What is asked at ``answer:chapter.question`` or ``assumption:name``."""
    kind, _, key = address.partition(":")
    return chapters.questions()[key] if kind == "answer" else chapters.assumptions()[key]


def field_of(address: str) -> AnswerField | AssumptionField:
    """Where that is saved."""
    kind, _, key = address.partition(":")
    return AnswerField(key) if kind == "answer" else AssumptionField(key)


def is_answered(held: Held) -> bool:
    """Whether there is an answer, and not only a source of one."""
    return isinstance(held, Answer) and (held.value is not None or bool(held.text))


def part_shown(held: Held, part: Part, kind: str, language: Language) -> Any:
    """What the screen shows of one part of *held*; *kind* is that of the value."""
    if held is None:
        return shown(None, kind if part == "value" else "text", language)
    if part == "value":
        words = held.text if isinstance(held, Answer) and held.value is None else held.value
        return shown(words, kind, language)
    return shown(held.source, "text", language) if part == "source" else str(held.confidence or "")


def part_typed(typed: Any, part: Part, kind: str, language: Language) -> Any:
    """What somebody meant by what stands in one part.

    Raises:
        FieldError: it cannot be read.
    """
    return parse(typed, {"value": kind, "source": "text", "confidence": "scale"}[part], language)


def with_part(held: Held, address: str, part: Part, value: Any, language: Language) -> Held:
    """*held* with one part of it changed; of words in two languages only those in *language*.

    Raises:
        FieldError: an assumption gets a source before it has a value.
    """
    spec = spec_of(address)
    if isinstance(spec, AssumptionSpec):
        if part == "value":
            if value is None:
                return None
            return held.model_copy(update={"value": value}) if held else Assumption(value=value)
        if held is None:
            raise FieldError("field", labels()["form"]["value_first"])
        return held.model_copy(update={part: in_language(getattr(held, part), value, language)})
    answer = held if isinstance(held, Answer) else Answer()
    changed: dict[str, Any]
    if part != "value":
        changed = {part: in_language(getattr(answer, part), value, language)}
    elif spec.kind in WORDY:
        changed = {"text": in_language(answer.text, value, language)}
    else:
        changed = {"value": value, "text": None}
    new = answer.model_copy(update=changed)
    return new if any(getattr(new, name) is not None for name in Answer.model_fields) else None


def in_language(known: Any, value: Any, language: Language) -> Any:
    """*value*, or where *known* is in two languages both, with the one of the screen changed."""
    if isinstance(known, Text) and isinstance(value, str):
        return known.model_copy(update={language: value})
    return value
