"""A workshop without a browser: requests and messages as anybody who reaches the port could send them."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
from jupyter_server.services.kernels.connection.base import deserialize_msg_from_ws_v1, serialize_msg_to_ws_v1
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from .workshop_pages import COMMANDS, Workshop

SECONDS = 20  # a workshop ends in three or four; a machine that has more to do takes longer


@dataclass(frozen=True)
class Started:
    """A command that runs, and the workshop that it holds."""

    command: subprocess.Popen[str]
    shop: Workshop

    def family(self) -> list[psutil.Process]:
        """Everything that it started: the server, and whatever that started."""
        running = psutil.Process(self.command.pid).children(recursive=True)
        return [process for process in running if process.status() != psutil.STATUS_ZOMBIE]

    def ended(self) -> tuple[int, str]:
        """Its exit code and its last words."""
        told, _ = self.command.communicate(timeout=SECONDS)
        return self.command.returncode, told.strip()


def start(kind: str, folder: Path, port: int = 0) -> subprocess.Popen[str]:
    """The command as a script would start it: in a session of its own, where Ctrl-C is ignored at first."""
    return subprocess.Popen(
        [sys.executable, "-m", "crmworkbook", COMMANDS[kind], str(folder), "--no-browser", "--port", str(port)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )  # fmt: skip


def ready(command: subprocess.Popen[str], kind: str, folder: Path, port: int) -> Started:
    """Wait until it says where the workshop is, and what whoever has that address can do."""
    assert command.stdout is not None
    told = [command.stdout.readline() for _ in range(4)]
    assert f"http://127.0.0.1:{port}/" in told[1], told
    assert "computer" in told[3]
    token = told[1].strip().partition("token=")[2]
    shop = Workshop(kind, folder, f"http://127.0.0.1:{port}/", token, command.pid)  # type: ignore[arg-type]
    return Started(command, shop)


def gone(processes: list[psutil.Process]) -> bool:
    """Whether all of them have ended, in time."""
    return not psutil.wait_procs(processes, timeout=SECONDS)[1]


def free_port() -> int:
    """A port that nobody has just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Reply:
    """What a server answered.

    Attributes:
        status: HTTP status.
        headers: By name in small letters.
        cookies: What a browser would send back.
        body: As text.
    """

    status: int
    headers: dict[str, str]
    cookies: str
    body: str


def ask(shop: Workshop, path: str, method: str = "GET", token: bool = True, **headers: str) -> Reply:
    """One request, with the path as it stands: no client tidies it up first."""
    connection = http.client.HTTPConnection("127.0.0.1", port_of(shop), timeout=30)
    sent = {"Host": f"127.0.0.1:{port_of(shop)}"} | ({"Authorization": f"token {shop.token}"} if token else {})
    connection.request(method, path, headers=sent | headers)
    found = connection.getresponse()
    body = found.read().decode("utf-8", errors="replace")
    connection.close()
    cookies = "; ".join(cookie.partition(";")[0] for cookie in found.headers.get_all("set-cookie") or [])
    return Reply(found.status, {name.lower(): value for name, value in found.getheaders()}, cookies, body)


def port_of(shop: Workshop) -> int:
    """The port that the server listens on."""
    return int(urlsplit(shop.base).port or 0)


def cookie_of(shop: Workshop) -> str:
    """What a browser keeps after it opened the address with the token."""
    home = "/lab" if shop.kind == "lab" else "/"
    return ask(shop, f"{home}?token={shop.token}", token=False).cookies


def start_kernel(shop: Workshop, page: str = "small") -> str:
    """A kernel, as the workshop starts one, in a presentation that of a page; its id."""
    if shop.kind == "lab":
        return str(json.loads(ask(shop, "/api/kernels", "POST").body)["id"])
    found = re.search(r'"kernelId": "([0-9a-f-]{36})"', ask(shop, f"/voila/render/{page}.ipynb").body)
    assert found
    return found.group(1)


Talk = Callable[["Channel"], Awaitable[Any]]
PROTOCOLS = [None, "v1.kernel.websocket.jupyter.org"]


def talk(shop: Workshop, kernel: str, what: Talk, protocol: str | None = None, **headers: str) -> Any:
    """Open the channels of a kernel and do *what* with them.

    Raises:
        tornado.httpclient.HTTPClientError: the server does not let us in.
    """

    async def opened() -> Any:
        address = f"ws://127.0.0.1:{port_of(shop)}/api/kernels/{kernel}/channels?session_id=s"
        request = HTTPRequest(address, headers=headers)
        channel = await websocket_connect(request, subprotocols=[protocol] if protocol else None)
        try:
            return await what(Channel(channel, protocol))
        finally:
            channel.close()

    return asyncio.run(opened())


class Channel:
    """The channels of a kernel."""

    def __init__(self, connection: WebSocketClientConnection, protocol: str | None = None) -> None:
        self.connection, self.protocol = connection, protocol
        self.heard: list[dict[str, Any]] = []

    async def send(self, kind: str, content: Any, channel: str = "shell") -> None:
        header = {"msg_id": uuid.uuid4().hex, "msg_type": kind, "username": "", "session": "s", "version": "5.3"}
        message = {"header": header | {"date": ""}, "parent_header": {}, "metadata": {}, "content": content}
        if self.protocol:
            packed = serialize_msg_to_ws_v1(message, channel, lambda part: json.dumps(part).encode())
            await self.connection.write_message(packed, binary=True)
        else:
            await self.connection.write_message(json.dumps(message | {"channel": channel, "buffers": []}))

    async def until(self, wanted: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        """The first message that is wanted, keeping all that came before it."""
        while True:
            raw = await asyncio.wait_for(self.connection.read_message(), 30)
            assert raw is not None, "the server closed the channel"
            message = json.loads(raw) if isinstance(raw, str) else self._unpacked(raw)
            self.heard.append(message)
            if wanted(message):
                return message

    def _unpacked(self, raw: bytes) -> dict[str, Any]:
        if self.protocol:
            header, parent, _, content = deserialize_msg_from_ws_v1(raw)[1][:4]
            return {"header": json.loads(header), "parent_header": json.loads(parent), "content": json.loads(content)}
        # with buffers: how many parts, where each begins, and the parts, of which the first is the message
        first, second = (int.from_bytes(raw[at : at + 4], "big") for at in (4, 8))
        return dict(json.loads(raw[first : second if int.from_bytes(raw[:4], "big") > 1 else None]))

    async def comms(self) -> list[str]:
        """The widgets that the kernel knows."""
        await self.send("comm_info_request", {})
        reply = await self.until(lambda message: message["header"]["msg_type"] == "comm_info_reply")
        return list(reply["content"]["comms"])

    async def tell(self, comm: str, data: Any) -> None:
        """What a page sends to a widget."""
        await self.send("comm_msg", {"comm_id": comm, "data": data})

    async def form(self) -> str:
        """The widget that is the chapter's form."""
        for comm in await self.comms():
            await self.tell(comm, {"method": "request_state"})
            state = (await self.until(lambda message, comm=comm: _said(message, comm)))["content"]["data"]["state"]
            if state.get("spec", {}).get("title"):
                return comm
        raise AssertionError("the chapter has no form")

    async def answers(self, comm: str, messages: Sequence[Any]) -> list[dict[str, Any]]:
        """What a form says to each of *messages*, and then to a ping."""
        for message in messages:
            await self.tell(comm, {"method": "custom", "content": message})
        await self.tell(comm, {"method": "custom", "content": {"type": "ping", "n": 1}})
        before = len(self.heard)
        await self.until(lambda message: _said(message, comm, "custom") and _content(message)["type"] == "pong")
        return [_content(message) for message in self.heard[before:] if _said(message, comm, "custom")]


def _said(message: dict[str, Any], comm: str, method: str = "update") -> bool:
    content = message["content"]
    ours = message["header"]["msg_type"] == "comm_msg" and content["comm_id"] == comm
    return ours and content["data"]["method"] == method


def _content(message: dict[str, Any]) -> dict[str, Any]:
    return message["content"]["data"]["content"]
