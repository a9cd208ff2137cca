"""A chapter in front of people: its parts draw themselves again when something changes.

In a headless run each part shows itself once and that is all. In a workshop, where `crmworkbook open` or `present`
started the kernel, each part is a panel on the screen. When an answer is saved or a slider is let go, the cells of the
chapter run again, one after another and with room between them for the next save, and the panels change where they
stand. While a slider moves, only what one figure needs is run (`crmworkbook.cells`).
"""

from __future__ import annotations

import asyncio
import copy
import html
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from crmworkbook import cells, chapters, environment
from crmworkbook.client import Client, read_client
from crmworkbook.errors import CrmWorkbookError
from crmworkbook.section import Section
from crmworkbook.text import LANGUAGES, Language, label

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from crmworkbook.charts.style import Places

REST = ""  # where the sliders stand that are above no part
_COSTED = {"order_margin", "cost_spread"}  # assumptions that the costs per customer stand on
PAUSE = 0.4  # seconds after a save before figures are drawn again: another field may follow


@dataclass(frozen=True)
class Slider:
    """A number that people may move on the screen to see what follows.

    Attributes:
        name: Of an assumption, which people may then keep, or of something else.
        label: What it is.
        kind: As a question's kind; ``points`` for a change of a share.
        start: Where it begins.
        low, high: How far it goes.
        cell: Where it may be kept, if not as assumption: table, columns that find the row, column.
    """

    name: str
    label: str
    kind: str
    start: float
    low: float
    high: float
    cell: tuple[str, Mapping[str, Any], str] | None = None


class Screen:
    """What the kernel of a workshop shows of its one chapter.

    Attributes:
        what_ifs: Slider to value, for those that were moved; never saved by themselves.
        offered: Sliders that the chapter's cells asked for, each with the part that it moves.
        panels: Part id to widget.
        form: The chapter's form, once it is shown.
        sliders: Part id to the sliders above it; under `REST` those that move no part in particular.
        moving: The part that follows a slider just now; None while whole chapters are shown.
    """

    def __init__(self) -> None:
        """Begin with nothing on it."""
        self.what_ifs: dict[str, float] = {}
        self.offered: dict[str, Slider] = {}
        self.panels: dict[str, Any] = {}
        self.form: Any = None
        self.sliders: dict[str, Any] = {}
        self.preview: Any = None
        self.moving: str | None = None
        self.language = _asked_language()
        self.first_cell = 0
        self._placed: dict[str, tuple[tuple[str, ...], str]] = {}  # part id to names of sliders, and its one figure
        self._layouts: dict[tuple[str, str], Places] = {}  # part id and figure to where its axes stand
        self._client: Client | None = None
        self._stamp: tuple[Any, ...] = ()
        self._runs_again = False
        self._has_moved = False
        self._task: asyncio.Task[None] | None = None

    # what the notebook calls

    def begin(self, path: Path, overrides: Mapping[str, Any]) -> Client:
        """Open the chapter on this screen; the client is read again only when a file of its folder changed."""
        if not self._runs_again:
            self.panels, self.sliders, self.form, self.preview = {}, {}, None, None
            self.offered, self._placed = {}, {}
            self.first_cell = len(cells.typed_cells()) - 1
        moved = {name: value for name, value in self.what_ifs.items() if name in chapters.assumptions()}
        stamp = self._stamp if self.moving else _stamp(path)
        if self._client is None or stamp != self._stamp:
            fresh, before = read_client(path, dict(overrides)), self._client
            if before is not None and _same_orders(before, fresh) and "orders" in vars(before):
                vars(fresh)["orders"] = before.orders
            self._client, self._stamp = fresh, stamp
        if self._client.overrides == dict(overrides) | moved:
            return self._client
        same = copy.copy(self._client)  # with what it has read of the orders
        vars(same)["overrides"] = dict(overrides) | moved
        if not _COSTED.isdisjoint(moved):
            vars(same).pop("costs", None)
        return same

    def show(self, part: Section) -> None:
        """Show a part, or change its panel."""
        if self.moving is None:
            self._show_sliders(part)
            self._panel(part.id).show(part)
        elif part.id == self.moving and not part.stopped:
            self.panels[part.id].move(part)
            self._has_moved = True

    def empty(self, part_id: str) -> None:
        """Nothing is left to say in this part; a later answer may bring it back."""
        if self.moving is None:
            self._panel(part_id).say("")

    def draws(self, part_id: str, figure: str) -> bool:
        """Whether a figure is wanted now: all of them, but while a slider moves only the one that follows it."""
        if self.moving is None:
            return True
        only = self._placed.get(part_id, ((), ""))[1]
        return part_id == self.moving and only in ("", figure)

    def drawn(self, part_id: str, name: str, figure: Figure) -> str:
        """The figure as SVG; while a slider moves its axes stay where they were."""
        from crmworkbook.charts.style import places_of, svg

        if self.moving is not None:
            return svg(figure, self._layouts.get((part_id, name), ()))
        drawing = svg(figure)
        self._layouts[part_id, name] = places_of(figure)
        return drawing

    def rests(self, part_id: str) -> bool:
        """Whether a part shows everything now, and not only a figure that follows a slider, or nothing."""
        return self.moving is None or (part_id == self.moving and not self.panels[part_id].figures)

    def _panel(self, part_id: str) -> Any:
        if part_id not in self.panels:
            from IPython.display import display

            from crmworkbook.forms.panel import Panel

            self.panels[part_id] = Panel()
            display(self.panels[part_id])
        return self.panels[part_id]

    def show_form(self, chapter: Any) -> None:
        """Show the form of an open chapter, or bring the one there up to date."""
        if self.moving is not None:
            return
        if self.form is not None:
            self.form.refresh(chapter.client)
            return
        from IPython.display import display

        from crmworkbook.forms.form import Form

        self.form = Form(chapter.spec, chapter.client, chapter.language, saved=self.run_again_soon)
        display(self.form)

    def show_preview(self, chapter: Any) -> None:
        """Show the button that makes the report, once."""
        if self.preview is None:
            from IPython.display import display

            from crmworkbook.forms.preview import Preview

            self.preview = Preview(chapter.client, chapter.language)
            display(self.preview)

    # sliders

    def slider(self, slider: Slider) -> float:
        """Offer a slider; where it stands now."""
        self.offered[slider.name] = slider
        return self.what_ifs.get(slider.name, slider.start)

    def place(self, part_id: str, names: Iterable[str], figure: str = "") -> None:
        """Put sliders above a part, which then follows them: with one figure, or with all that it shows."""
        self._placed[part_id] = (tuple(names), figure)

    def show_rest(self, chapter: chapters.Chapter, language: Language) -> None:
        """Show the sliders that stand above no part."""
        placed = {name for names, _ in self._placed.values() for name in names}
        left = [name for name in (*chapter.what_ifs, *self.offered) if name not in placed]
        self._show_group(chapter, language, REST, left)

    def _show_sliders(self, part: Section) -> None:
        if part.id in self._placed:
            names = () if part.stopped else self._placed[part.id][0]
            self._show_group(chapters.chapter(part.chapter), part.language, part.id, names)

    def _show_group(self, chapter: chapters.Chapter, language: Language, target: str, names: Iterable[str]) -> None:
        """Sliders, once; later only where they begin, since somebody may have hold of one."""
        if self._client is None or self.moving is not None:
            return
        from IPython.display import display

        from crmworkbook.forms.sliders import Sliders

        offered = {name: self.offered.get(name) for name in names}
        if target in self.sliders:
            self.sliders[target].refresh(self._client, offered)
            return
        moved, unfolded = partial(self.move, target), target != REST
        self.sliders[target] = Sliders(chapter, self._client, language, offered, moved=moved, unfolded=unfolded)
        display(self.sliders[target])

    # running again

    def move(self, target: str, values: Mapping[str, float | None], final: bool) -> bool:
        """A slider moved, or was let go; whether its figure could follow.

        Args:
            target: The part that follows.
            values: Slider to value; None for one that is back where it began.
            final: It was let go.
        """
        moved = {name: value for name, value in (self.what_ifs | dict(values)).items() if value is not None}
        self.what_ifs = moved
        if final:
            self.run_again_soon()
            return True
        self._cancel()
        return self.draw_one(target)

    def run_again_soon(self) -> None:
        """Run the chapter again when nothing else was saved for a moment."""
        self._cancel()
        self._task = asyncio.get_running_loop().create_task(self._run_again())

    def draw_one(self, target: str) -> bool:
        """Run what one part needs, and show only what follows a slider; whether there was anything to show."""
        self.moving, self._runs_again, self._has_moved = target, True, False
        try:
            for source in cells.needed_for(target, tuple(self._cells())) if target in self.panels else ():
                cells.run(source)
        except Exception as error:
            self._fail(error, f'chapter.part("{target}"')
            return False
        finally:
            self.moving, self._runs_again = None, False
        return self._has_moved or target not in self.panels

    async def _run_again(self) -> None:
        await asyncio.sleep(PAUSE)
        self._say("busy")
        try:
            for source in self._cells():
                self._runs_again = True
                try:
                    cells.run(source)
                except Exception as error:
                    self._fail(error, source)
                    if "open_chapter(" in source:
                        break
                finally:
                    self._runs_again = False
                await asyncio.sleep(0.005)  # a save that came in goes first
        finally:
            self._say("done")

    def _cells(self) -> list[str]:
        """The chapter's cells as they were run last, from the one that opened it."""
        found = [source for source in cells.typed_cells()[self.first_cell :] if "chapter" in source]
        return list(dict.fromkeys(found))

    def _cancel(self) -> None:
        if self._task is not None and not self._task.done():
            self._task.cancel()

    def _say(self, what: str) -> None:
        for widget in (self.form, *self.sliders.values()):
            if widget is not None:
                widget.send({"type": what})

    def _fail(self, error: Exception, source: str = "") -> None:
        """Say in the panel of the part that it could not be made; the rest goes on."""
        found = re.search(r"chapter\.part\(\"(\w+)\"", source)
        fault = str(error) if isinstance(error, CrmWorkbookError) else type(error).__name__
        words = label("form.failed", self.language or "en").replace("{fault}", fault)
        part = found.group(1) if found else next(iter(self.panels), "")
        if part in self.panels:
            self.panels[part].say(f'<div class="crmw"><div class="warning">{html.escape(words)}</div></div>')


_screens: list[Screen] = []


def screen() -> Screen | None:
    """The screen of this kernel; None outside a workshop."""
    if os.environ.get(environment.LIVE) != "1":
        return None
    if not _screens:
        _screens.append(Screen())
    return _screens[0]


def _asked_language() -> Language | None:
    """The language that the page's address asks for: ``?language=en``."""
    asked = parse_qs(os.environ.get("QUERY_STRING", "")).get("language", [""])[0]
    return asked if asked in LANGUAGES else None  # type: ignore[return-value]


def _stamp(path: Path) -> tuple[Any, ...]:
    """When each file of the client folder was last written, and its size."""
    found = [*path.parent.glob("*"), *path.parent.glob("history/rounds/*/*")]
    files = sorted(each for each in found if each.is_file())
    return tuple((str(each), each.stat().st_mtime_ns, each.stat().st_size) for each in files)


def _same_orders(before: Client, fresh: Client) -> bool:
    """Whether the orders read for *before* serve *fresh* too."""
    given = before.file.tables.get("orders")
    if given != fresh.file.tables.get("orders") or before.file.as_of != fresh.file.as_of:
        return False
    name = given if isinstance(given, str) else given.get("file") if isinstance(given, dict) else None
    stamp = lambda client: (client.folder / name).stat().st_mtime_ns  # noqa: E731
    return bool(name) and stamp(before) == stamp(fresh)
