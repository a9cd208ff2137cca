"""What the documents say is what the program does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import pytest

from crmworkbook import chapters

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", ["new", "check", "report", "round"])
def test_the_readme_shows_the_help_of_every_command(command: str) -> None:
    """Pasted help grows old; this one cannot."""
    done = subprocess.run(
        [sys.executable, "-m", "crmworkbook", command, "--help"],
        capture_output=True,
        text=True,
        env=os.environ | {"COLUMNS": "200", "NO_COLOR": "1"},
        check=True,
    )
    options = set(re.findall(r"--[a-z]+", done.stdout)) - {"--help"}
    assert f"crmworkbook {command}" in README
    for option in options:
        assert option in README, option


def test_the_readme_names_every_chapter() -> None:
    """A reader sees what there is before installing."""
    for chapter in chapters.chapters():
        assert chapter.title.en in README


def test_every_file_that_the_documents_link_to_exists() -> None:
    """No dead link inside the repository."""
    for document in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        text = (ROOT / document).read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (ROOT / target).exists(), f"{document}: {target}"


def test_what_is_pinned_is_what_is_installed() -> None:
    """The whole tree is pinned, by name and version and without an address."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pins = project["tool"]["uv"]["constraint-dependencies"]
    assert not [pin for pin in pins if "://" in pin or "@" in pin]
    versions = {re.sub("[-_.]+", "-", pin.split("==")[0]): pin.split(";")[0].split("==")[1].strip() for pin in pins}
    for installed in distributions():
        name = re.sub("[-_.]+", "-", installed.metadata["Name"]).lower()
        if name in versions:
            assert installed.version == versions[name], name
    core = [re.sub("[-_.]+", "-", re.split(r"[\[<>= ]", entry)[0]) for entry in project["project"]["dependencies"]]
    assert set(core) <= set(versions)


def test_the_conda_environment_is_the_projects_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """``environment.yml`` follows from pyproject.toml."""
    monkeypatch.syspath_prepend(str(ROOT / ".ci"))
    import pin

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    expected = pin.environment(project["tool"]["uv"]["constraint-dependencies"])
    assert (ROOT / "environment.yml").read_text(encoding="utf-8") == expected
