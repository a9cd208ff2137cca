"""A chapter in front of people: its parts draw themselves again when something changes.

In a headless run each part shows itself once and that is all. In a workshop, where `crmworkbook open` or `present`
started the kernel, each part is a panel on the screen. When an answer is saved or a slider is let go, the cells of the
chapter run again, one after another and with room between them for the next save, and the panels change where they
stand. While a slider moves, only what one figure needs is run.
"""

from __future__ import annotations

import asyncio
import copy
import html
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from crmworkbook import chapters, environment
from crmworkbook.client import Client, read_client
from crmworkbook.errors import CrmWorkbookError
from crmworkbook.section import Section, as_html
from crmworkbook.text import LANGUAGES, Language, label

PAUSE = 0.4  # seconds after a save before figures are drawn again: another field may follow


@dataclass(frozen=True)
class Slider:
    """A number that people may move on the screen to see what follows.

    Attributes:
        name: Of an assumption, which they may then keep, or of something that only moves.
        label: What it is.
        kind: As a question's kind; ``points`` for a change of a share.
        start: Where it begins.
        low, high: How far it goes.
    """

    name: str
    label: str
    kind: str
    start: float
    low: float
    high: float


class Screen:
    """What the kernel of a workshop shows of its one chapter.

    Attributes:
        what_ifs: Slider to value, for those that were moved; never saved by themselves.
        offered: Sliders that the chapter's cells asked for.
        panels: Part id to widget.
        form: The chapter's form, once it is shown.
        sliders: The sliders, above the figure that moves along with them.
    """

    def __init__(self) -> None:
        """Begin with nothing on it."""
        self.what_ifs: dict[str, float] = {}
        self.offered: dict[str, Slider] = {}
        self.panels: dict[str, Any] = {}
        self.form: Any = None
        self.sliders: Any = None
        self.preview: Any = None
        self.target = ""
        self.language = _asked_language()
        self.first_cell = 0
        self._client: Client | None = None
        self._stamp: tuple[Any, ...] = ()
        self._runs_again = False
        self._only: str | None = None
        self._task: asyncio.Task[None] | None = None

    # what the notebook calls

    def begin(self, path: Path, overrides: Mapping[str, Any]) -> Client:
        """Open the chapter on this screen; the client is read again only when a file of its folder changed."""
        if not self._runs_again:
            self.panels, self.offered, self.form, self.sliders, self.preview = {}, {}, None, None, None
            self.first_cell = len(_typed_cells()) - 1
        moved = {name: value for name, value in self.what_ifs.items() if name in chapters.assumptions()}
        stamp = _stamp(path)
        if self._client is None or stamp != self._stamp:
            fresh, before = read_client(path, dict(overrides) | moved), self._client
            if before is not None and _same_orders(before, fresh) and "orders" in vars(before):
                vars(fresh)["orders"] = before.orders
            self._client, self._stamp = fresh, stamp
            return fresh
        same = copy.copy(self._client)  # with what it has read of the orders
        vars(same)["overrides"] = dict(overrides) | moved
        return same

    def show(self, part: Section) -> None:
        """Show a part, or change its panel."""
        if self._only not in (None, part.id):
            return
        if self.sliders is None and any(block.kind == "figure" for block in part.blocks):
            self._show_sliders(part)
        self.show_html(part.id, as_html(part))

    def show_html(self, part_id: str, content: str) -> None:
        """Put *content* in the panel of a part."""
        if part_id in self.panels:
            self.panels[part_id].value = content
            return
        import ipywidgets
        from IPython.display import display

        self.panels[part_id] = ipywidgets.HTML(content)
        display(self.panels[part_id])

    def empty(self, part_id: str) -> None:
        """Nothing is left to say in this part; a later answer may bring it back."""
        if self._only is None:
            self.show_html(part_id, "")

    def show_form(self, chapter: Any) -> None:
        """Show the form of an open chapter, or bring the one there up to date."""
        if self._only is not None:
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

    def slider(self, slider: Slider) -> float:
        """Offer a slider; where it stands now."""
        self.offered[slider.name] = slider
        return self.what_ifs.get(slider.name, slider.start)

    def _show_sliders(self, part: Section) -> None:
        """Above the first figure of the chapter, what moves it."""
        from IPython.display import display

        from crmworkbook.forms.form import Sliders

        chapter = chapters.chapter(part.chapter)
        if self._client is None or not (self.offered or chapter.what_ifs):
            return
        self.target = part.id
        self.sliders = Sliders(
            chapter,
            self._client,
            part.language,
            tuple(self.offered.values()),
            saved=self.run_again_soon,
            moved=self.move,
        )
        if self.sliders.spec["groups"]:
            display(self.sliders)

    # running again

    def move(self, what_ifs: Mapping[str, float], final: bool) -> None:
        """A slider moved, or was let go."""
        self.what_ifs = dict(what_ifs)
        if final:
            self.run_again_soon()
        else:
            self._cancel()
            self.draw_one()

    def run_again_soon(self) -> None:
        """Run the chapter again when nothing else was saved for a moment."""
        self._cancel()
        self._task = asyncio.get_running_loop().create_task(self._run_again())

    def draw_one(self) -> None:
        """Run what the figure under the sliders needs, and none of the cells that only draw others."""
        cells, target = self._cells(), f'chapter.part("{self.target}"'
        self._only, self._runs_again = self.target, True
        try:
            for source in cells:
                if target in source or not (".figure(" in source or ".ask()" in source):
                    _execute(source)
                if target in source:
                    break
        except Exception as error:
            self._fail(error, target)
        finally:
            self._only, self._runs_again = None, False

    async def _run_again(self) -> None:
        await asyncio.sleep(PAUSE)
        self._say("busy")
        try:
            for source in self._cells():
                self._runs_again = True
                try:
                    _execute(source)
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
        cells = [source for source in _typed_cells()[self.first_cell :] if "chapter" in source]
        return list(dict.fromkeys(cells))

    def _cancel(self) -> None:
        if self._task is not None and not self._task.done():
            self._task.cancel()

    def _say(self, what: str) -> None:
        for widget in (self.form, self.sliders):
            if widget is not None:
                widget.send({"type": what})

    def _fail(self, error: Exception, source: str = "") -> None:
        """Say in the panel of the part that it could not be made; the rest goes on."""
        found = re.search(r"chapter\.part\(\"(\w+)\"", source)
        fault = str(error) if isinstance(error, CrmWorkbookError) else type(error).__name__
        words = label("form.failed", self.language or "en").replace("{fault}", fault)
        part = found.group(1) if found else next(iter(self.panels), "")
        if part in self.panels:
            self.show_html(part, f'<div class="crmw"><div class="warning">{html.escape(words)}</div></div>')


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


def _typed_cells() -> list[str]:
    from IPython.core.getipython import get_ipython

    shell: Any = get_ipython()
    return [] if shell is None else list(shell.history_manager.input_hist_raw)


def _execute(source: str) -> None:
    from IPython.core.getipython import get_ipython

    shell: Any = get_ipython()
    exec(compile(shell.transform_cell(source), "<chapter>", "exec"), shell.user_ns)


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
