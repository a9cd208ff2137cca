"""Sliders: what-ifs that figures follow, and nothing is saved before somebody asks for it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from crmworkbook import chapters
from crmworkbook.chapters import AssumptionSpec, Chapter
from crmworkbook.client import Client
from crmworkbook.forms.fields import Fields
from crmworkbook.forms.form import clock
from crmworkbook.forms.messages import is_of_sliders
from crmworkbook.forms.spec import control_of, is_editable, with_period
from crmworkbook.forms.supported import field_of, with_part
from crmworkbook.forms.typed import NUMERIC, PERCENT
from crmworkbook.live import Slider
from crmworkbook.saving import RowField, Saved, read_field, save
from crmworkbook.text import Language, Text, label, labels

_KINDS = {"scale": "number", "points": "share", "change": "share"}  # kinds of slider that no question has
_DIFFERENCES = ("points", "change")  # these begin at nothing and go either way


class Sliders(Fields):
    """The sliders above one part of a chapter."""

    def __init__(
        self,
        chapter: Chapter,
        client: Client,
        language: Language,
        sliders: Mapping[str, Slider | None],
        *,
        moved: Callable[[Mapping[str, float | None], bool], bool | None] = lambda values, final: None,
        unfolded: bool = True,
    ) -> None:
        """Show the sliders that can be there.

        Args:
            chapter: The chapter.
            client: Whose assumptions they begin at; without the what-ifs of the sliders themselves.
            language: Of the screen.
            sliders: Name to slider; None for that of an assumption, which is left out when it has no number.
            moved: Called with the value of a slider that moves (False) or is let go (True), with None when it is back
                where it began; says whether the figure could follow.
            unfolded: Whether they are in sight from the start.
        """
        self.chapter, self.path, self.language, self.moved = chapter, client.path, language, moved
        self.unfolded = unfolded
        self.now: dict[str, float] = {}  # where those stand that were moved, for a page that is loaded again
        self.shown: dict[str, Slider] = {}
        super().__init__(spec=self._spec(client, sliders))
        self.on_msg(self._hear)

    def refresh(self, client: Client, sliders: Mapping[str, Slider | None]) -> None:
        """Begin where the client's numbers are now; on the screen a slider that somebody moved stays where it is."""
        self.spec = self._spec(client, sliders)

    def _spec(self, client: Client, sliders: Mapping[str, Slider | None]) -> dict[str, Any]:
        found = [self._begun(client, name, slider) for name, slider in sliders.items()]
        self.shown = {slider.name: slider for slider in found if slider}
        fields = [_field(slider, client, self.language) for slider in self.shown.values()]
        fields = [field | {"now": self.now.get(field["name"])} for field in fields]
        words = {key: text[self.language] for key, text in labels()["form"].items()}
        kind = "what_if" if self.unfolded else "what_if_rest"
        group = {"id": kind, "title": words[kind], "help": words[f"{kind}_help"], "fields": fields}
        group["open"] = self.unfolded
        return {"title": "", "language": self.language, "words": words, "groups": [group] if fields else []}

    def _begun(self, client: Client, name: str, slider: Slider | None) -> Slider | None:
        """The slider where the client's own number puts it."""
        spec = chapters.assumptions().get(name)
        if spec is None:
            return slider
        value = client.assumption(name)
        if spec.kind not in (*NUMERIC, "scale") or not isinstance(value, int | float):
            return None
        low, high = (slider.low, slider.high) if slider else _range(spec, float(value))
        own = self.chapter.texts.get(f"slider_{name}")
        called = own[self.language] if isinstance(own, Text) else with_period(spec, self.language)
        return Slider(name, called, spec.kind, float(value), min(low, float(value)), max(high, float(value)))

    # what comes in

    def knows(self, message: Any) -> bool:
        """Whether sliders send messages such as *message*."""
        return is_of_sliders(message)

    def heed(self, message: Mapping[str, Any], buffers: Sequence[Any]) -> None:
        """Draw what follows, or keep a value."""
        kind, slider = message["type"], self.shown.get(str(message.get("name")))
        if kind == "ping":
            self.send({"type": "pong", "n": message["n"]})
        elif slider is None:  # one that is no longer there
            self.send({"type": "moved", "drawn": True})
        elif kind in ("move", "release"):
            drawn = self._move(slider, _within(slider, message["value"]), kind == "release")
            self.send({"type": "moved", "drawn": drawn is not False, "name": slider.name})
        elif kind == "use":
            self._use(slider, _within(slider, message["value"]), message["n"])

    def _use(self, slider: Slider, value: float | None, number: int) -> None:
        """Keep the value of a slider where the client's own number stands."""
        outcome = self._save(slider, value)
        words = label("form.saved" if slider.cell else "form.used", self.language).format(at=clock(outcome))
        self.send({"type": "told", "n": number, "state": "saved", "message": words})
        self._move(slider, None, True)

    def _move(self, slider: Slider, value: float | None, final: bool) -> bool | None:
        self.now.pop(slider.name, None)
        self.now |= {} if value is None else {slider.name: value}
        return self.moved({slider.name: value}, final)

    def _save(self, slider: Slider, value: float | None) -> Saved:
        if slider.cell:
            table, where, column = slider.cell
            return save(self.path, RowField(table, where), {column: value})
        address = f"assumption:{slider.name}"
        held = read_field(self.path, field_of(address))
        return save(self.path, field_of(address), with_part(held, address, "value", value, self.language))


def _within(slider: Slider, value: Any) -> float | None:
    """What a page sent, as far as the slider goes; None for where it began."""
    if not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return min(max(float(value), slider.low), slider.high)


def _field(slider: Slider, client: Client, language: Language) -> dict[str, Any]:
    kind = _KINDS.get(slider.kind, slider.kind)
    field = control_of(kind, {}, language, client.file.currency)
    if "before" in field and language == "nl":
        field["before"] += "\u00a0"
    if slider.kind == "points":
        field["after"] = f" {label('units.points_short', language)}"
    cell = slider.cell is not None and is_editable(client, slider.cell[0])
    return field | {
        "control": "slider", "id": f"what_if:{slider.name}", "name": slider.name, "label": slider.label,
        "value": slider.start, "low": slider.low, "high": slider.high, "step": _step(slider),
        "scale": 100 if kind in PERCENT else 1, "signed": slider.kind in _DIFFERENCES,
        "keep": cell or slider.name in chapters.assumptions(),
    }  # fmt: skip


def _range(spec: AssumptionSpec, value: float) -> tuple[float, float]:
    """Where a slider goes: the bounds that make sense around what is usual."""
    if spec.kind == "rate":
        return (-0.1 if (spec.low or 0) < 0 else 0.0), max(0.3, 2 * value)
    if spec.kind == "share":
        return 0.0, 1.0
    return (spec.low if spec.low is not None else 0.0), (spec.high if spec.high is not None else max(2 * value, 1.0))


def _step(slider: Slider) -> float:
    """Steps that a hand can hit."""
    if slider.kind in ("rate", "share", *_DIFFERENCES):
        return 0.005 if slider.kind == "rate" else 0.01
    width = slider.high - slider.low
    return 1.0 if slider.kind == "count" or 20 <= width <= 200 else _nice(width / 100)


def _nice(step: float) -> float:
    power = 10.0 ** math.floor(math.log10(step)) if step > 0 else 1.0
    return next(power * times for times in (1, 2, 5, 10) if power * times >= step)
