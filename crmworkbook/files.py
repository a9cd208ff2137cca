"""Where the product's own files stand: beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def _find(name: str) -> Path:
    inside = _PACKAGE / "share" / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


def notebooks() -> Path:
    """The folder of the chapter notebooks."""
    return _find("notebooks")


def templates() -> Path:
    """The folder of chapter texts, the report template and the new client's file."""
    return _find("templates")


def demo_client() -> Path:
    """The client file of Bronmolen, the demo client."""
    return _find("data") / "demo" / "client.yaml"
