"""What the widgets of a workshop share: how their fields look and behave."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from crmworkbook.errors import CrmWorkbookError, SaveError
from crmworkbook.forms.messages import refusal, refused
from crmworkbook.text import Language, Text

_STATIC = Path(__file__).parent.parent / "static"


class Fields(anywidget.AnyWidget):
    """A widget that shows groups of fields and hears what people do with them.

    Attributes:
        spec: What is shown; `crmworkbook.forms.spec`.
        language: Of the screen.
    """

    language: Language

    _esm = "".join((_STATIC / name).read_text(encoding="utf-8") for name in ("form.js", "meeting.js"))
    _css = _STATIC / "form.css"
    spec = traitlets.Dict().tag(sync=True)

    def knows(self, message: Any) -> bool:
        """Whether a page of this widget sends messages such as *message*."""
        raise NotImplementedError

    def heed(self, message: dict[str, Any], buffers: Sequence[Any]) -> None:
        """Do what a page asks.

        Raises:
            LookupError: it is about something that is not here.
            CrmWorkbookError: it cannot be done now.
        """
        raise NotImplementedError

    def _hear(self, _: object, message: Any, buffers: Sequence[Any] | None) -> None:
        """Do what a page asks; whatever comes in, it gets an answer and the kernel lives on."""
        try:
            if not self.knows(message):
                raise refused()
            self.heed(message, buffers or ())
            return
        except SaveError as error:
            words = error.words
        except CrmWorkbookError as error:
            words = Text(nl=str(error), en=str(error))
        except LookupError:
            words = refused().words
        answer = refusal(message, words, self.language)
        if answer is not None:
            self.send(answer)
