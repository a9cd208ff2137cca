"""Who may see and do what in a workshop, shown on servers that run."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import expect
from tornado.httpclient import HTTPClientError

from crmworkbook.client import read_client
from crmworkbook.errors import CrmWorkbookError
from crmworkbook.saving import AnswerField, NameField, SettingField, TableField, read_field, save
from crmworkbook.workshop import running

from .test_form_messages import NOT_OURS, content_of
from .workshop_pages import Workshop, chromium, client_folder, place, said_beside, show, window
from .workshop_steps import SAVED
from .workshop_wire import (
    PROTOCOLS,
    SECONDS,
    Channel,
    Started,
    ask,
    cookie_of,
    free_port,
    gone,
    port_of,
    ready,
    start,
    start_kernel,
    talk,
)

pytestmark = pytest.mark.slow
KINDS = ["lab", "voila"]
NOBODY = "00000000-0000-0000-0000-000000000000"
SECRET = "only for who may see it"
ROUTES = {
    "lab": [
        "/", "/lab", "/lab/tree/00_start.ipynb", "/api/contents", "/api/contents/00_start.ipynb", "/api/kernels",
        "/api/sessions", "/api/status", "/api/kernelspecs", "/api/me", "/files/00_start.ipynb", "/view/00_start.ipynb",
        "/nbconvert/html/00_start.ipynb", "/lab/api/settings", "/lab/api/workspaces", "/metrics",
    ],
    "voila": [
        "/", "/voila/render/small.ipynb", "/voila/static/voila.js", "/voila/templates/lab/static/voila.js",
        "/voila/labextensions/anywidget/package.json", f"/api/kernels/{NOBODY}",
    ],
}  # fmt: skip
# what Voilà or Jupyter would offer, and a chapter on the screen does not need
CLOSED = ["/api/contents", "/api/kernels", "/api/sessions", "/api/terminals", "/terminals/1", "/api/kernelspecs"]
CLOSED += ["/voila/api/contents", "/voila/api/contents/00_start.ipynb", "/voila/files/00_start.ipynb", "/voila/tree"]
CLOSED += ["/files/00_start.ipynb", "/lab", "/tree", "/nbconvert/html/00_start.ipynb", "/api/config/x", "/logout"]
ELSEWHERE = ["../client.yaml", "..%2fclient.yaml", "%2e%2e/client.yaml", "%2e%2e%2fclient.yaml", "..%5cclient.yaml"]
ELSEWHERE += ["..%252fclient.yaml", "/etc/hostname", "%2fetc%2fhostname", "file:///etc/hostname", "%00", "~/x.ipynb"]
ELSEWHERE += ["../secret.ipynb", "%2e%2e%2fsecret.ipynb", "00_start.ipynb/../../secret.ipynb", "00_start.ipynb%00"]
ELSEWHERE += ["%c0%ae%c0%ae/client.yaml", ".hidden.ipynb", ".copied.json", "a" * 4_000, "..;/client.yaml", "."]
LINKS = ["link.ipynb", "folder/secret.ipynb", "link.txt"]


# words that people could type, each of which would do something where words were taken for something else
HOSTILE = [
    "<script>window.ran = 1</script>",
    "<img src=x onerror='window.ran = 2'><svg onload='window.ran = 3'>",
    "</script><script>window.ran = 4</script>",
    "<iframe srcdoc='<script>parent.ran = 5</script>'></iframe>",
    "[klik](javascript:window.ran=6) <a href='javascript:window.ran=7'>hier</a> ![x](http://127.0.0.2/x.png)",
    "{{ 7 * 7 }} {% raw %} ${window.ran = 8} {name:money}",
    "%%javascript window.ran = 9 %matplotlib !touch ran",
    '!!python/object/apply:os.system ["touch ran"] &a *a',
    '#read("/etc/hostname") $x$ #import "@preview/x:1.0.0"',
    "\x1b[31mrood\x1b[0m \u202etxet\u202c \u2066a\u2069 e\u0301",
    '" onmouseover="window.ran = 10" autofocus onfocus="window.ran = 11',
]


def hostile_client(parent: Path) -> Path:
    """A client whose words are all hostile, saved as a form saves them, with things beside it to lead out of."""
    folder = client_folder(parent)
    path, everything = folder / "client.yaml", " ".join(HOSTILE)
    save(path, SettingField("name"), f"Bronmolen {HOSTILE[0]}")
    asked = ["participants", "crm_definition", "data_held", "initiative", "decision_wanted"]
    for question, words in zip(asked, HOSTILE[5:], strict=False):
        save(path, AnswerField(f"start.{question}"), {"text": f"{words} {everything}", "source": everything})
    save(path, NameField("segments", "hostile"), f"Segment {HOSTILE[1]}")
    rows = read_field(path, TableField("data_sources"))
    more = [{"source": f"Bron {words}", "kind": "contact", "owner": words} for words in HOSTILE]
    save(path, TableField("data_sources"), (*rows, *more))
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "execution_count": None}
    notebook = {"cells": [cell | {"source": f"print('{SECRET}')"}], "nbformat": 4, "nbformat_minor": 5}
    notebook["metadata"] = {"kernelspec": {"name": "python3", "display_name": "", "language": "python"}}
    notebooks = folder / "notebooks"
    notebooks.mkdir()
    for each in (folder / "secret.ipynb", parent / "secret.ipynb", notebooks / ".hidden.ipynb"):
        each.write_text(json.dumps(notebook), encoding="utf-8")
    (notebooks / "small.ipynb").write_text(json.dumps(notebook | {"cells": []}), encoding="utf-8")
    (notebooks / "link.ipynb").symlink_to(folder / "secret.ipynb")
    (notebooks / "folder").symlink_to(parent, target_is_directory=True)
    (notebooks / "link.txt").symlink_to(path)
    return folder


@contextmanager
def begun(kinds: dict[str, str], folders: dict[str, Path]) -> Iterator[dict[str, Started]]:
    """Workshops by name, begun together, since starting is half waiting."""
    ports = {name: free_port() for name in kinds}
    commands = {name: start(kind, folders[name], ports[name]) for name, kind in kinds.items()}
    try:
        yield {name: ready(commands[name], kind, folders[name], ports[name]) for name, kind in kinds.items()}
    finally:
        for command in commands.values():
            command.terminate()
            command.wait(SECONDS)


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Started]]:
    """A workshop of each kind; the last test ends them."""
    folders = {kind: hostile_client(tmp_path_factory.mktemp(kind)) for kind in KINDS}
    with begun(dict(zip(KINDS, KINDS, strict=True)), folders) as running:
        yield running


@pytest.fixture(scope="module")
def shops(started: dict[str, Started]) -> dict[str, Workshop]:
    """Where they are."""
    return {kind: started[kind].shop for kind in KINDS}


# --- the door -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_without_the_token_nobody_sees_anything(shops: dict[str, Workshop], kind: str) -> None:
    """Pages, notebooks, settings, kernels, and in a presentation even the scripts: a way to the door at most."""
    shop = shops[kind]
    for path in ROUTES[kind]:
        for wrong in ({}, {"Authorization": "token 0"}, {"Authorization": f"token {shop.token[:-1]}"}):
            reply = ask(shop, path, token=False, **wrong)
            assert reply.status in (302, 403), path
            assert reply.headers.get("location", "/login").startswith(("/login", "/lab?")), path
            assert "Bronmolen" not in reply.body
        assert ask(shop, path).status in (200, 302, 404), path
    with pytest.raises(HTTPClientError, match="403"):
        talk(shop, NOBODY, lambda channel: channel.comms())


@pytest.mark.parametrize("kind", KINDS)
def test_a_workshop_listens_on_this_machine_only_and_tells_no_one_its_token(
    started: dict[str, Started], shops: dict[str, Workshop], kind: str
) -> None:
    """The server and its kernels are on the loopback; the token is in no command, for those everybody may read."""
    start_kernel(shops[kind])
    family = started[kind].family()
    listening = [each.laddr for one in family for each in one.net_connections("inet") if each.status == "LISTEN"]
    assert {address.ip for address in listening} == {"127.0.0.1"}
    assert len(listening) <= 1 + len(shops[kind].kernels())  # a kernel's own channels are files of this user
    assert not [one for one in family if shops[kind].token in " ".join(one.cmdline())]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1.evil.example:{port}", "192.0.2.1"])
def test_another_host_name_is_refused_even_with_the_token(shops: dict[str, Workshop], kind: str, host: str) -> None:
    """A site that points its own name at this machine gets nothing."""
    shop = shops[kind]
    host = host.format(port=port_of(shop))
    for path in [path for path in ROUTES[kind] if path != "/" or kind == "voila"]:
        assert ask(shop, path, Host=host).status == 403, path
    with pytest.raises(HTTPClientError, match="403"):
        talk(shop, NOBODY, lambda c: c.comms(), Host=host, Authorization=f"token {shop.token}")
    assert ask(shop, ROUTES[kind][1], Host=f"localhost:{port_of(shop)}").status == 200


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_of_another_site_cannot_use_the_cookie(shops: dict[str, Workshop], kind: str) -> None:
    """A browser sends the cookie along to 127.0.0.1 from any port; the origin tells, for messages and for posts."""
    shop, cookie = shops[kind], cookie_of(shops[kind])
    kernel = start_kernel(shop)
    own, path = f"http://127.0.0.1:{port_of(shop)}", f"/api/kernels/{kernel}"
    assert ask(shop, path, token=False, Cookie=cookie).status == 200
    assert talk(shop, kernel, lambda channel: channel.comms(), Cookie=cookie, Origin=own) is not None
    for origin in ("http://evil.example", "http://127.0.0.1:1", "http://localhost:1", "null"):
        with pytest.raises(HTTPClientError, match="403"):
            talk(shop, kernel, lambda channel: channel.comms(), Cookie=cookie, Origin=origin)
        for post in ("/api/kernels", f"/voila/api/shutdown/{kernel}", f"{path}/interrupt", f"{path}/restart"):
            assert ask(shop, post, "POST", token=False, Cookie=cookie, Origin=origin).status in (403, 404, 405)
        assert ask(shop, path, "DELETE", token=False, Cookie=cookie, Origin=origin).status in (403, 404)
    assert ask(shop, path).status == 200  # it still runs


def test_a_page_takes_nothing_from_elsewhere_and_sends_nothing_there(shops: dict[str, Workshop]) -> None:
    """The browser holds every page of a presentation to that, whatever stands in an answer."""
    for path in ("/", "/voila/render/small.ipynb"):
        policy = ask(shops["voila"], path).headers["content-security-policy"]
        sources = [source for rule in policy.split("; ") for source in rule.split()[1:]]
        assert "default-src 'self'" in policy
        assert set(sources) <= {"'self'", "'none'", "'unsafe-inline'", "'unsafe-eval'", "blob:", "data:"}


# --- files ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_no_path_leads_out_of_the_folder(shops: dict[str, Workshop], kind: str) -> None:
    """However it is written: dots, signs by their number, backslashes, a zero, links in a presentation."""
    routes = {
        "lab": ["/files/", "/api/contents/", "/view/", "/nbconvert/html/", "/static/", "/custom/", "/kernelspecs/"],
        "voila": [
            "/voila/render/", "/voila/static/", "/voila/templates/", "/voila/templates/lab/static/", "/",
            "/voila/labextensions/", "/voila/api/themes/", "/voila/files/", "/voila/tree/", "/api/kernels/",
        ],
    }  # fmt: skip
    shop = shops[kind]
    for route in routes[kind]:
        for path in [*ELSEWHERE, *(LINKS if kind == "voila" else [])]:
            reply = ask(shop, route + path)
            own = (".", ".hidden.ipynb", ".copied.json") if kind == "lab" else ()
            assert reply.status != 200 or path in own, route + path
            assert SECRET not in reply.body or path in own
            assert "crmworkbook: 1" not in reply.body
            assert "Traceback" not in reply.body
            assert kind == "lab" or reply.status < 500, route + path


def test_a_presentation_offers_pages_and_nothing_else(shops: dict[str, Workshop]) -> None:
    """No listing, no file, no terminal, no kernel to ask for, no other template, with the token and every method."""
    shop = shops["voila"]
    for path in CLOSED:
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            assert ask(shop, path, method).status in (403, 404, 405), (method, path)
    page = ask(shop, "/voila/render/small.ipynb?template=../../secret&theme=../x").body
    assert "crmw-way" in page
    assert "secret" not in page


# --- kernels --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "protocol"), [("lab", None), *(("voila", protocol) for protocol in PROTOCOLS)])
def test_a_page_of_a_presentation_cannot_run_code(
    shops: dict[str, Workshop], kind: str, protocol: str | None, tmp_path: Path
) -> None:
    """Its kernel hears what widgets need; code, completion, history and the debugger only reach that of JupyterLab."""
    shop, mark = shops[kind], tmp_path / "ran"
    run = {"code": f"open({str(mark)!r}, 'w')", "silent": False, "store_history": False, "allow_stdin": False}
    run |= {"user_expressions": {"a": f"open({str(mark)!r}, 'w')"}}
    place = {"cursor_pos": 3, "detail_level": 1, "hist_access_type": "tail", "n": 9, "output": True, "raw": True}
    debug = {"type": "request", "seq": 1, "command": "evaluate", "arguments": {"expression": run["code"]}}
    state = {f"_{part}_{of}": "x" for part in ("model", "view") for of in ("module", "module_version", "name")}

    async def attempts(channel: Channel) -> list[dict[str, Any]]:
        for request in ("execute_request", "complete_request", "inspect_request", "history_request", "debug_request"):
            for way in ("control", "shell"):
                await channel.send(request, debug if request == "debug_request" else run | place, way)
        await channel.send("input_reply", {"value": run["code"]}, "stdin")
        for target in ("jupyter.widget", "os", "builtins.exec"):
            opening = {"comm_id": f"x{target}", "target_name": target, "target_module": "os", "data": {"state": state}}
            await channel.send("comm_open", opening)
        await channel.comms()
        return channel.heard

    heard = talk(shop, start_kernel(shop), attempts, protocol, Authorization=f"token {shop.token}")
    assert mark.exists() == (kind == "lab")
    if kind == "voila":
        kinds = {message["header"]["msg_type"] for message in heard}
        assert kinds <= {"comm_info_reply", "status", "comm_close", "stream", "error"}


def test_what_no_page_sends_is_refused_by_a_kernel_that_lives_on(shops: dict[str, Workshop]) -> None:
    """Each has an answer, nothing is written, and the form still saves."""
    shop = shops["voila"]
    before = content_of(shop.folder)
    good = {"type": "save", "address": ["answer:start.participants", "value"], "value": "Wij", "seen": "?"}

    async def sent(channel: Channel) -> list[dict[str, Any]]:
        return await channel.answers(await channel.form(), [message for message, _ in NOT_OURS])

    async def saved(channel: Channel) -> list[dict[str, Any]]:
        return await channel.answers(await channel.form(), [good])

    kernel, key = start_kernel(shop, "00_start"), {"Authorization": f"token {shop.token}"}
    replies = [reply for reply in talk(shop, kernel, sent, **key) if reply["type"] != "pong"]
    assert len(replies) == sum(answered for _, answered in NOT_OURS)
    assert content_of(shop.folder) == before
    assert talk(shop, kernel, saved, **key)[0]["state"] == "conflict"  # it is heard, and knows better


# --- words ----------------------------------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.parametrize("kind", KINDS)
def test_hostile_words_are_shown_and_do_nothing(shops: dict[str, Workshop], kind: str) -> None:
    """In fields and in panels they stand as they were typed; no script ran, no link leads anywhere, the form saves."""
    shop = shops[kind]
    with chromium() as browser, window(browser) as (page, _):
        page.on("dialog", lambda dialog: pytest.fail(dialog.message))
        show(page, shop, "00_start")
        panels = page.locator(".crmw")
        for words in HOSTILE[:8]:
            expect(panels.get_by_text(words).first).to_be_attached()
        shown = place(page, "answer:start.participants").locator("textarea, input").first
        assert shown.input_value() == read_field(shop.folder / "client.yaml", AnswerField("start.participants")).text
        field = place(page, "answer:start.scope")
        field.locator("> .radios label").last.click()
        expect(said_beside(field)).to_have_text(SAVED)
        page.wait_for_timeout(1_500)  # the panels are drawn again
        assert page.evaluate("window.ran") is None
        assert page.evaluate(
            """() => [...document.querySelectorAll("*")].filter((each) =>
                 /^\\s*javascript:/i.test(each.href?.baseVal ?? each.href ?? each.src ?? "") || each.src === "x" ||
                 each.matches("iframe[srcdoc], [onerror], [onload], [onmouseover], [onfocus]")).length"""
        ) == 0  # fmt: skip
        assert not {"\x1b", "\u202e", "\u2066"} & set(page.locator("body").inner_text())
    assert not [path for path in shop.folder.rglob("ran")]


# --- the end --------------------------------------------------------------------------------------------------------


def test_a_server_does_not_outlive_whoever_started_it(tmp_path: Path) -> None:
    """Killed without a word, or out of memory: nobody would be left who knows of the server."""
    with begun({"orphan": "voila"}, {"orphan": client_folder(tmp_path)}) as running:
        start_kernel(running["orphan"].shop, "00_start")
        family = running["orphan"].family()
        running["orphan"].command.kill()
        assert gone(family)


def test_a_server_that_dies_is_reported(tmp_path: Path) -> None:
    """A command that goes on as if nothing happened would let people type for nothing."""
    with begun({"bereft": "voila"}, {"bereft": client_folder(tmp_path)}) as running:
        family = running["bereft"].family()
        family[0].kill()
        code, told = running["bereft"].ended()
    assert code == 1
    assert "the server ended by itself" in told
    assert gone(family)


def test_ctrl_c_while_it_is_starting_leaves_nothing(tmp_path: Path) -> None:
    """Whoever changes their mind has not to look for a process."""
    command = start("lab", client_folder(tmp_path))
    while not (family := psutil.Process(command.pid).children(recursive=True)):
        assert command.poll() is None
        time.sleep(0.02)
    command.send_signal(signal.SIGINT)
    assert command.wait(SECONDS) != 0
    assert gone(family)


def test_a_port_that_cannot_be_had_is_said(tmp_path: Path) -> None:
    """Taken by somebody else, or no port at all: what is wrong and what to do, and no server is tried."""
    folder = client_folder(tmp_path)
    client = read_client(folder / "client.yaml")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with pytest.raises(CrmWorkbookError, match=f"port {taken} is taken; give another with --port"):
            running(client, "voila", taken).__enter__()
        told = start("voila", folder, taken)
        out, _ = told.communicate(timeout=SECONDS)
        assert (told.returncode, out.strip()) == (1, f"port {taken} is taken; give another with --port, or none at all")
    for number in (70_000, -1):
        with pytest.raises(CrmWorkbookError, match=f"there is no port {number}"):
            running(client, "lab", number).__enter__()


@pytest.mark.parametrize(("name", "number"), [("voila", signal.SIGINT), ("lab", signal.SIGTERM)])
def test_a_workshop_that_is_ended_says_so_and_takes_everything_along(
    started: dict[str, Started], name: str, number: int
) -> None:
    """Ctrl-C reaches the whole group of a terminal, the system tells one process; kernels, sockets and files go."""
    workshop = started[name]
    start_kernel(workshop.shop)
    family = workshop.family()
    room = Path(family[0].environ()["JUPYTER_CONFIG_DIR"]).parent
    assert len(family) > 2
    begun = time.monotonic()
    os.killpg(workshop.command.pid, number) if name == "voila" else workshop.command.send_signal(number)
    code, told = workshop.ended()
    assert (code, told) == (0, "De werkplaats sluit.")
    assert gone(family)
    assert time.monotonic() - begun < SECONDS
    assert not room.exists()
