"""Write the version of every package of the whole tree into pyproject.toml and environment.yml.

The versions stand as constraints, which name no address to download from, as a lock file would. Run it after a change
of dependencies or to move to newer versions: ``uv run python .ci/pin.py``.
"""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
BEGIN, END = "# pins, written by .ci/pin.py\n", "# end of pins\n"


def resolved() -> list[str]:
    """Every package that the project and its groups can need, pinned, with its marker where it has one."""
    command = "uv export --all-extras --all-groups --no-hashes --no-annotate --no-header --no-emit-project --upgrade"
    text = subprocess.run(command.split(), cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return sorted(line.strip() for line in text.splitlines() if line.strip() and not line.startswith(("#", "-e")))


def write_pins(pins: list[str]) -> None:
    """Replace the constraints in ``pyproject.toml``."""
    path = ROOT / "pyproject.toml"
    before = re.sub(f"{re.escape(BEGIN)}.*{re.escape(END)}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    lines = "".join(f"    {json.dumps(pin)},\n" for pin in pins)
    path.write_text(f"{before.rstrip()}\n{BEGIN}constraint-dependencies = [\n{lines}]\n{END}", encoding="utf-8")


def environment(pins: list[str]) -> str:
    """``environment.yml``: the project's own dependencies, pinned, for conda and Binder."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["workshop"]]
    names = {re.sub("[-_.]+", "-", re.split(r"[\[<>=; ]", entry)[0]) for entry in wanted}
    versions = {pin.split("==")[0]: pin.split(" ;")[0] for pin in pins}
    lines = "".join(f"      - {versions[name]}\n" for name in sorted(names))
    head = "# For conda users and Binder; written by .ci/pin.py from pyproject.toml.\n"
    return (
        f"{head}name: crmworkbook\nchannels:\n  - conda-forge\ndependencies:\n  - python=3.12\n  - pip\n  - pip:\n"
        f"{lines}      - --editable .\n"
    )


if __name__ == "__main__":
    write_pins([])
    found = resolved()
    write_pins(found)
    (ROOT / "environment.yml").write_text(environment(found), encoding="utf-8")
    print(f"{len(found)} packages pinned")
