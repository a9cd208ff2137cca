"""Frames read row by row."""

from __future__ import annotations

from typing import Any

import pandas as pd


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame in their order, each as column name to value."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
