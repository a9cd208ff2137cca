"""What the widgets of a workshop share: how their fields look and behave."""

from __future__ import annotations

from pathlib import Path

import anywidget
import traitlets

_STATIC = Path(__file__).parent.parent / "static"


class Fields(anywidget.AnyWidget):
    """A widget that shows groups of fields and hears what people do with them.

    Attributes:
        spec: What is shown; `crmworkbook.forms.spec`.
    """

    _esm = "".join((_STATIC / name).read_text(encoding="utf-8") for name in ("form.js", "meeting.js"))
    _css = _STATIC / "form.css"
    spec = traitlets.Dict().tag(sync=True)
