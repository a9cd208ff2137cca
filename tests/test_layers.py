"""Dependencies point one way, and importing the package is cheap."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "crmworkbook"
LAYERS = [
    {"environment", "errors", "files", "privacy", "text", "yaml_file", "disk"},
    {"chapters", "tables", "history"},
    {"client", "rounds", "transactions"},
    {"saving", "changes"},
    {"charts", "findings", "section", "completeness", "new_client"},
    {"notebook", "kernels", "live", "cells", "forms"},
    {"execute", "typeset"},
    {"run"},
    {"report", "checking", "version_list", "workshop", "server_room", "presenting", "serving", "intake"},
    {"cli", "__main__"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}


def imports_of(path: Path) -> set[str]:
    """Top-level names of this package that a module imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("crmworkbook"):
            inside = node.module.removeprefix("crmworkbook").lstrip(".")
            found |= {inside.split(".")[0]} if inside else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {a.name.split(".")[1] for a in node.names if a.name.startswith("crmworkbook.")}
    return found - {"__version__"}


MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py" or path.parent != PACKAGE)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_its_own_layer_and_those_below(path: Path) -> None:
    """A reader can understand each layer without the ones above it; the models need nothing but themselves."""
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if own == "models":
        assert imports_of(path) <= {"models"}
        return
    above = {name for name in imports_of(path) - {"models"} if LEVEL[name] > LEVEL[own]}
    assert not above


def test_every_module_has_a_layer() -> None:
    """A new module is placed on purpose."""
    tops = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in MODULES}
    assert tops - {"models", "share"} <= set(LEVEL)


def test_models_import_only_the_numerical_libraries() -> None:
    """No files, no language, no pictures, no Jupyter."""
    allowed = {"numpy", "pandas", "scipy", "crmworkbook", *sys.stdlib_module_names}
    for path in (PACKAGE / "models").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert {name.split(".")[0] for name in names} <= allowed, path.name


def test_importing_the_package_loads_no_heavy_library() -> None:
    """``crmworkbook --help`` answers at once."""
    heavy = "{'pandas', 'matplotlib', 'ibis', 'IPython'}"
    code = f"import sys, crmworkbook, crmworkbook.cli; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
