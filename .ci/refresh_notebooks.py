"""Run every notebook for the demo client and store its outputs, which nbval holds later runs against."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"


def refresh(path: Path) -> None:
    """Execute *path* in place; what differs from run to run is taken out."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(path.parent)}}).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    nbformat.write(notebook, path)
    print(path.name)


if __name__ == "__main__":
    os.environ.pop("CRMWORKBOOK_CLIENT", None)
    for given in sys.argv[1:] or sorted(NOTEBOOKS.glob("*.ipynb")):
        refresh(Path(given))
