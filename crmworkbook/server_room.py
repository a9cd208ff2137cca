"""The room of a server: a folder with all that it is configured with, and the command that starts it."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any, Literal

from crmworkbook import chapters, environment, files
from crmworkbook.charts.style import font_faces
from crmworkbook.client import Client, said
from crmworkbook.text import labels

Kind = Literal["lab", "voila"]
_SHORT = 38  # characters of a folder in which the path of a socket still fits


def variables(client: Client, room: Path) -> dict[str, str]:
    """The variables of the environment of a server: whose workshop it is, and where its settings are."""
    kernel = room / "share" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    spec = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Python 3",
        "language": "python",
        "metadata": {"kernel_provisioner": {"provisioner_name": "crmworkbook-fork"}},
    }
    (kernel / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    return dict(
        {**os.environ, environment.LIVE: "1", environment.CLIENT: str(client.path)},
        JUPYTER_PATH=str(room / "share"),
        JUPYTER_CONFIG_DIR=str(room / "config"),
        JUPYTER_PREFER_ENV_PATH="0",  # this folder before that of the environment
        JUPYTER_RUNTIME_DIR=str(room / "runtime"),
        JUPYTERLAB_SETTINGS_DIR=str(room / "settings"),
        JUPYTERLAB_WORKSPACES_DIR=str(room / "workspaces"),
        PYDEVD_DISABLE_FILE_VALIDATION="1",
    )


# a hidden source leaves a bar in its place; before a group not even that
_NO_BARS = ".jp-CodeCell > .jp-Cell-inputWrapper:has(.jp-Placeholder), .jp-OutputArea-promptOverlay {display: none}"
_LAB_SETTINGS: dict[str, dict[str, Any]] = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "notebook-extension/tracker": {"windowingMode": "none", "autoStartDefaultKernel": True},
}
# pages of chapters are what `present` shows; in JupyterLab they would come with styles from elsewhere
_WITHOUT_VOILA: dict[str, dict[str, Any]] = {
    "jupyter_server_config.d/voila.json": {"ServerApp": {"jpserver_extensions": {"voila.server_extension": False}}},
    "labconfig/page_config.json": {"disabledExtensions": {"@voila-dashboards/jupyterlab-preview": True}},
}


def command(kind: Kind, client: Client, home: Path, room: Path, port: int, token: str) -> list[str]:
    """Fill the room of a server; the command that starts it.

    Args:
        kind: ``lab`` for JupyterLab, ``voila`` for pages without code.
        client: Whose workshop it is.
        home: The folder with the chapters.
        room: An empty folder that only this user may read.
        port: Where it listens.
        token: What a browser has to know.
    """
    config = room / "config"
    config.mkdir()
    if kind == "lab":
        (config / "custom").mkdir()
        (config / "custom" / "custom.css").write_text(font_faces() + _NO_BARS, encoding="utf-8")
        (config / "jupyter_lab_config.py").write_text(_settings("IdentityProvider", room, token), "utf-8")
        for place, settings in _WITHOUT_VOILA.items():
            (config / place).parent.mkdir()
            (config / place).write_text(json.dumps(settings), encoding="utf-8")
        for name, settings in _LAB_SETTINGS.items():
            path = room / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(settings), encoding="utf-8")
        return [
            sys.executable, "-m", "jupyterlab", "--no-browser", f"--ServerApp.root_dir={home}",
            "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}",
            "--ServerApp.port_retries=0", "--PasswordIdentityProvider.allow_password_change=False",
            "--ServerApp.allow_root=True", "--ServerApp.terminals_enabled=False", "--LabApp.news_url=None",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate", "--LabApp.extension_manager=readonly",
            "--LabApp.custom_css=True",
        ]  # fmt: skip
    (config / "voila.py").write_text(_settings("Voila", room, token), "utf-8")
    _write_templates(client, room / "share" / "voila" / "templates" / "crmworkbook")
    return [
        sys.executable, "-m", "crmworkbook.presenting", str(home), "--no-browser", "--Voila.ip=127.0.0.1",
        f"--port={port}", "--Voila.port_retries=0", "--template=crmworkbook", "--strip_sources=True",
        f"--Voila.config_file_paths={config}", "--VoilaConfiguration.classic_tree=True",
        "--VoilaConfiguration.file_allowlist=[]", "--VoilaConfiguration.allow_template_override=NO",
        "--VoilaConfiguration.allow_theme_override=NO",
    ]  # fmt: skip


def _settings(section: str, room: Path, token: str) -> str:
    """What the server reads before it serves: in a file of ours, since everybody on this machine can read a command."""
    lines = ["from crmworkbook.serving import begin", "begin()", f"c.{section}.token = {token!r}"]
    lines.append(f"c.Voila.connection_dir_root = {str(room)!r}")
    if sys.platform != "win32" and len(str(room)) <= _SHORT:
        # only this user can listen in on a file, and no other program can take it as it can take a port
        lines.append("c.KernelManager.transport = 'ipc'")
    return "\n".join(lines) + "\n"


def _write_templates(client: Client, target: Path) -> None:
    """Our Voilà template, with the chapters and the client's name in it as data."""
    shutil.copytree(files.templates() / "voila", target)
    listed = [
        {
            "name": chapter.name, "number": f"{chapter.number:02d}", "nl": chapter.title.nl, "en": chapter.title.en,
            "question_nl": chapter.question.nl, "question_en": chapter.question.en,
        }
        for chapter in chapters.chapters()
    ]  # fmt: skip
    words: dict[str, Any] = {"language": client.file.language}
    for language in ("nl", "en"):
        words[language] = {key: text[language] for key, text in labels()["present"].items()}
    name = said(client.file.name, client.file.language)
    # a literal of each: user text stays a string in the template's own language
    values: dict[str, Any] = {"client": name, "chapters": listed, "words": _script(words), "faces": font_faces()}
    values["locked"] = {language: words[language]["locked"] for language in ("nl", "en")}
    content = "".join(f"{{% set {key} = {_literal(value)} %}}\n" for key, value in values.items())
    (target / "chapters.html.j2").write_text(content, encoding="utf-8")


def _literal(value: Any) -> str:
    """A value as Jinja writes one, with every sign that could mean something else escaped."""
    text = json.dumps(value)
    for sign in "%#<>&'":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _script(value: Any) -> str:
    """JSON that may stand in a script."""
    return json.dumps(value).replace("<", "\\u003c")
