"""Loaded by pytest before all else: saves the seconds that `rfc3987_syntax` takes to build its grammars.

jsonschema imports that package, where JupyterLab has brought it in, for a check of international addresses that no
notebook asks for; it does without when the import fails, and None in `sys.modules` makes it fail.
"""

from __future__ import annotations

import sys

if "rfc3987_syntax" not in sys.modules:
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
    import jsonschema  # noqa: F401

    del sys.modules["rfc3987_syntax"]
