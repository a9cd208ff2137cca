"""The button that makes the report while the workshop goes on."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from crmworkbook.client import Client
from crmworkbook.forms.fields import Fields
from crmworkbook.forms.messages import is_of_a_preview
from crmworkbook.text import Language, label, labels

_SEPARATE = {"PYTHONUTF8": "1", "NO_COLOR": "1"}


class Preview(Fields):
    """Makes the report of a client in a process of its own, and hands it to the page."""

    def __init__(self, client: Client, language: Language) -> None:
        """Offer the report of *client* in *language*."""
        self.client, self.language = client, language
        words = {key: text[language] for key, text in labels()["form"].items()}
        button = {"control": "report", "id": "report", "label": words["make_report"]}
        group = {
            "id": "report",
            "title": words["report"],
            "help": words["report_help"],
            "fields": [button],
            "open": True,
        }
        super().__init__(spec={"title": "", "language": language, "words": words, "groups": [group]})
        self.task: asyncio.Task[None] | None = None
        self.on_msg(self._hear)

    def knows(self, message: Any) -> bool:
        """Whether the button sends messages such as *message*."""
        return is_of_a_preview(message)

    def heed(self, message: Mapping[str, Any], buffers: Sequence[Any]) -> None:
        """Make the report, one at a time."""
        if message["type"] == "ping":
            self.send({"type": "pong", "n": message["n"]})
        elif message["type"] == "report" and (self.task is None or self.task.done()):
            self.task = asyncio.get_running_loop().create_task(self._make(message["n"]))

    async def _make(self, number: int) -> None:
        folder = self.client.folder / "reports"
        command = [sys.executable, "-m", "crmworkbook", "report", str(self.client.path)]
        command += ["--language", self.language, "--output", str(folder)]
        process = await asyncio.create_subprocess_exec(
            *command, env={**os.environ, **_SEPARATE}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        begun, outcome = time.monotonic(), asyncio.ensure_future(process.communicate())
        while not outcome.done():
            await asyncio.wait([outcome], timeout=1)
            seconds = round(time.monotonic() - begun)
            self._tell(number, "", label("form.making_report", self.language).format(seconds=seconds))
        fault = outcome.result()[1].decode(errors="replace").strip()
        if process.returncode:
            self._tell(number, "invalid", fault.splitlines()[-1] if fault else str(process.returncode))
            return
        path = folder / "report.pdf"
        self._tell(number, "saved", str(path))
        self.send({"type": "pdf", "n": number, "name": path.name}, buffers=[path.read_bytes()])

    def _tell(self, number: int, state: str, words: str) -> None:
        self.send({"type": "told", "n": number, "state": state, "message": words})
