"""Kernels that start in a fifth of a second, and notebooks run on them.

An ordinary kernel spends most of its life importing pandas and matplotlib. Here one process, the fork server,
imports them once; each kernel is a fork of it. What is forked is a real ipykernel, so papermill, nbclient and
JupyterLab notice nothing: they ask `ForkProvisioner` for a process where they would have asked `subprocess`.

The fork server is our own and not the one of `multiprocessing`, which imports the `__main__` of its parent
again in every child: half a second a kernel, and a surprise when the parent is pytest. Where forking is
impossible, or would give another kernel than the one asked for, an ordinary kernel starts.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import gc
import importlib
import json
import os
import pkgutil
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner
from traitlets import default

import crmworkbook
from crmworkbook import environment, files

if TYPE_CHECKING:
    from jupyter_client.connect import KernelConnectionInfo

# What a kernel imports by its first table and figure. Not matplotlib_inline.backend_inline: that looks for
# the running shell while it is imported, and the server has none.
PRELOAD = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.zmqshell",
    "ipykernel.debugger",
    "IPython.core.completerlib",
    "IPython.core.oinspect",
    "IPython.core.pylabtools",
    "IPython.extensions.storemagic",
    "pandas.io.formats.html",
    "psutil",
    "tornado.platform.asyncio",
    "matplotlib.pyplot",
    "matplotlib.backends.backend_agg",
    "ipywidgets",
)

# Modules of this package that no notebook imports.
PARENT_ONLY = (
    "crmworkbook.__main__", "crmworkbook.cli", "crmworkbook.presenting", "crmworkbook.report", "crmworkbook.typeset",
)  # fmt: skip

# One thread for linear algebra: notebooks run side by side already, and with several threads sums of floats would add
# up in another order on a machine with more cores.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}

# Variables that Python or a preloaded library reads once, at import: a kernel that asks for other values than
# the server had cannot be forked from it.
READ_AT_IMPORT = ("PYTHON", "LANG", "LC_", "MPL", "OMP_", "OPENBLAS_", "MKL_")

SECONDS_TO_START = 60.0

# What the parent tells the server: start a kernel (a channel comes along), or end after the last one.
START, RETIRE = b"k", b"r"

# A kernel that is done runs its exit handlers and ends there: Python would take half a second more to free,
# object by object, what the operating system frees at once. Registered first, so run last.
SERVER_CODE = """
import atexit, os, sys
@atexit.register
def end():
    try:
        sys.__stdout__.flush()
    finally:
        os._exit(0)
sys.path[:] = [folder for folder in sys.path if folder]
from crmworkbook.kernels import _server_main
_server_main(int(sys.argv[1]), sys.argv[2])
"""


def fork_available() -> bool:
    """Tell whether kernels can be forked here.

    Returns:
        False on Windows, which has no fork, and on macOS, whose system libraries do not survive one.
    """
    return hasattr(os, "fork") and sys.platform != "darwin"


def warm_up() -> None:
    """Start importing for the kernels to come, in another process, and return at once.

    Optional: the first kernel does it too, but has to wait for it.
    """
    if fork_available():
        _current_server()


def stop() -> None:
    """End the fork server and every kernel forked from it, without asking the kernels.

    Runs by itself at exit. After Ctrl-C, call it before waiting for threads that are in `run_notebook`: they
    stop with nbclient's `DeadKernelError`.
    """
    with _lock:
        servers = [server for server in _servers if server.owner == os.getpid()]
        _servers.clear()
        for server in servers:
            server.close()
        if _folders:
            shutil.rmtree(_folders.pop(os.getpid(), ""), ignore_errors=True)


class ForkProvisioner(LocalProvisioner):
    """Kernel provisioner that forks Python kernels from a process in which their libraries are loaded.

    Everything but the start is that of jupyter_client's local provisioner: signals go to the kernel's process
    group, waiting polls, restarting launches again. A kernel that cannot be forked is started as usual.
    """

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the kernel and wait until its sockets are bound.

        Returning earlier would cost a second: the client's first message would get lost.
        """
        forked = await _fork_kernel(cmd, self._scrub_kwargs(kwargs))
        if forked is None:
            return await super().launch_kernel(cmd, **kwargs)
        self.process = forked  # type: ignore[assignment]  # as good as a Popen
        # The kernel leads a session, and with that a process group, of its own.
        self.pid = self.pgid = forked.pid
        self.cwd = kwargs.get("cwd", Path.cwd())
        return self.connection_info


class KernelManager(AsyncKernelManager):
    """Kernel manager for runs in this process: forked kernels, without a kernelspec of their own.

    Its sockets are files in a private folder: no other user can listen in, no two kernels can be given the
    same port, and ipykernel does not warn that its TCP traffic is unencrypted.
    """

    @default("transport")
    def _default_transport(self) -> str:
        return "tcp" if sys.platform == "win32" else "ipc"

    @default("connection_file")
    def _default_connection_file(self) -> str:
        return os.path.join(_socket_folder(), f"{uuid.uuid4().hex[:12]}.json")

    async def start_kernel(self, **kwargs: Any) -> None:  # type: ignore[override]
        """Start a kernel, forked if possible."""
        self.kernel_id = self.kernel_id or str(uuid.uuid4())
        self.provisioner = ForkProvisioner(kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self)
        # Else the debugger, which nobody uses in a headless run, warns about frozen modules on stderr.
        env = dict(ONE_THREAD | dict(kwargs.pop("env", os.environ)), PYDEVD_DISABLE_FILE_VALIDATION="1")
        env.pop(environment.LIVE, None)  # a report made in a workshop is a report all the same
        await super().start_kernel(env=env, **kwargs)


# ---------------------------------------------------------------- the parent's side


class _ForkServer:
    """The process that kernels are forked from, as its parent sees it."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self.environment = _read_at_import(os.environ)
        self.sources = _newest_source()
        self.closed = False
        self.control, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SERVER_CODE, str(theirs.fileno()), _socket_folder()],
                env=dict(os.environ | self.environment, PYDEVD_DISABLE_FILE_VALIDATION="1"),
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C is for the parent to handle
            )

    def is_usable(self) -> bool:
        """Whether it runs, is this process's own, and has imported what is on disk now."""
        return self.owner == os.getpid() and self.process.poll() is None and self.sources == _newest_source()

    def request(self, arguments: list[str], env: Mapping[str, str], cwd: str) -> _ForkedKernel:
        """Ask for a kernel, without waiting for it."""
        ours, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self.control, [START], [theirs.fileno()])
        ours.sendall(json.dumps({"arguments": arguments, "env": dict(env), "cwd": cwd}).encode() + b"\n")
        return _ForkedKernel(ours)

    def retire(self) -> None:
        """Let the server end when its last kernel has."""
        with contextlib.suppress(OSError):
            self.control.send(RETIRE)

    def close(self) -> None:
        """End the server, which kills its kernels first."""
        self.closed = True
        self.control.close()
        self.process.terminate()  # ends it while it is importing; later it only looks at the socket
        self.process.wait()


class _ForkedKernel:
    """A forked kernel; has the part of `subprocess.Popen` that provisioners use.

    Not being the kernel's parent, it cannot wait for it: the server, which is, tells over the channel.
    """

    stdin = stdout = stderr = None

    def __init__(self, channel: socket.socket) -> None:
        channel.setblocking(False)
        self.channel = channel
        self.pid = 0
        self.ready = False
        self.returncode: int | None = None
        self._unread = b""

    async def wait_until_ready(self) -> None:
        """Wait until the kernel's sockets are bound, or it has ended."""
        loop = asyncio.get_running_loop()
        while self.returncode is None and not (self.pid and self.ready):
            self._hear(await loop.sock_recv(self.channel, 4096))

    def poll(self) -> int | None:
        """Return code, negative for a signal; None while the kernel runs."""
        with contextlib.suppress(BlockingIOError):
            while self.returncode is None:
                self._hear(self.channel.recv(4096))
        return self.returncode

    def wait(self) -> int:
        """Wait for the kernel to end; its return code."""
        while (returncode := self.poll()) is None:
            time.sleep(0.01)
        return returncode

    def send_signal(self, number: int) -> None:
        """Send a signal to the kernel unless it has ended."""
        if self.poll() is None and self.pid:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask the kernel to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the kernel."""
        self.send_signal(signal.SIGKILL)

    def _hear(self, data: bytes) -> None:
        *lines, self._unread = (self._unread + data).split(b"\n")
        for line in lines:
            word, _, number = line.decode().partition(" ")
            if word == "pid":
                self.pid = int(number)
            elif word == "ready":
                self.ready = True
            elif word == "exit":
                self.returncode = int(number)
        if not data and self.returncode is None:  # the server is gone, and with it who would tell
            if self.pid:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self.pid, signal.SIGKILL)
            self.returncode = -signal.SIGKILL
        if self.returncode is not None:
            self.channel.close()


_lock = threading.RLock()
_servers: list[_ForkServer] = []  # the last one takes requests; earlier ones only keep their kernels alive
_folders: dict[int, str] = {}  # by process id, so that a forked parent does not share


async def _fork_kernel(cmd: list[str], options: dict[str, Any]) -> _ForkedKernel | None:
    """Fork the kernel that a command line would start; None if it has to be started in the ordinary way."""
    arguments = _kernel_arguments(cmd)
    env, cwd = options.pop("env", None) or os.environ, str(options.pop("cwd", None) or os.getcwd())
    if arguments is None or options or not fork_available() or not os.path.isdir(cwd):
        return None
    server = _current_server()
    if _read_at_import(env) != server.environment:
        return None
    try:
        kernel = server.request(arguments, env, cwd)
    except OSError:  # the server died just now
        return None
    try:
        await asyncio.wait_for(kernel.wait_until_ready(), SECONDS_TO_START)
    except BaseException:
        kernel.kill()
        raise
    if server.closed:
        raise RuntimeError("the kernels were stopped while this one was starting")
    return kernel if kernel.returncode is None else None


def _kernel_arguments(cmd: list[str]) -> list[str] | None:
    """Arguments of ipykernel in a command line; None if it starts something else, or another Python."""
    interpreter, *rest = cmd
    if rest[:1] == ["-Xfrozen_modules=off"]:  # for breakpoints in the standard library; we have none
        del rest[0]
    if interpreter != sys.executable or rest[:2] not in (["-m", "ipykernel_launcher"], ["-m", "ipykernel"]):
        return None
    return rest[2:]


def _current_server() -> _ForkServer:
    with _lock:
        if not _servers or not _servers[-1].is_usable():
            for server in _servers:
                server.retire()
            _servers[:] = [server for server in _servers if server.process.poll() is None]
            _servers.append(_ForkServer())
        return _servers[-1]


def _socket_folder() -> str:
    with _lock:
        if os.getpid() not in _folders:
            # Short, because a socket's path may be no longer than about a hundred characters.
            _folders[os.getpid()] = tempfile.mkdtemp(prefix="crmworkbook-")
        return _folders[os.getpid()]


def _read_at_import(env: Mapping[str, str]) -> dict[str, str]:
    return ONE_THREAD | {name: value for name, value in env.items() if name.startswith(READ_AT_IMPORT)}


def _newest_source() -> float:
    """When a module or a text was last written: who edits one wants it in the next kernel."""
    folders = [*map(Path, crmworkbook.__path__), files.templates()]
    sources = (path for folder in folders for path in folder.rglob("*") if path.suffix in (".py", ".yaml"))
    return max((path.stat().st_mtime for path in sources), default=0.0)


atexit.register(stop)


# ---------------------------------------------------------------- the server's side


def _server_main(control: int, folder: str) -> None:
    """Run the fork server; in a forked child, be a kernel and return when it is shut down.

    Args:
        control: File descriptor of the socket over which the parent asks for kernels.
        folder: Folder of the parent's sockets, to remove in case the parent crashed.
    """
    # Any kernel would set this before pyplot is imported.
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    _preload()
    # Garbage collection in a kernel need not look at, and so copy, what the server has made.
    gc.collect()
    gc.freeze()
    channel = _serve(socket.socket(fileno=control), folder)
    if channel is not None:
        _become_kernel(channel)


def _preload() -> None:
    """Import what kernels import and read the texts that every chapter reads.

    What fails here will fail in the notebook, where it can be read.
    """
    own = pkgutil.walk_packages(crmworkbook.__path__, "crmworkbook.", onerror=lambda name: None)
    for name in (*PRELOAD, *(module.name for module in own)):
        if name not in PARENT_ONLY:
            with contextlib.suppress(Exception):
                importlib.import_module(name)
    with contextlib.suppress(Exception):
        from crmworkbook import chapters, text

        for read in (text.labels, chapters.tables, chapters.assumptions, chapters.questions):
            read()
        for name in ("glossary", "references", "warnings", "formulas"):
            chapters.words(name)
    with contextlib.suppress(Exception):
        from crmworkbook.charts import style

        style.warm_up()


def _serve(control: socket.socket, folder: str) -> socket.socket | None:
    """Fork on request, and tell each requester how its kernel ended.

    Returns:
        In a forked child its channel to the requester; None in the server when it is no longer needed.
    """
    parent = os.getppid()
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_read, False)
    os.set_blocking(wake_write, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)  # so that a death wakes the selector through the pipe
    signal.set_wakeup_fd(wake_write)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the kernels have to be ended first
    selector = selectors.DefaultSelector()
    selector.register(control, selectors.EVENT_READ)
    selector.register(wake_read, selectors.EVENT_READ)
    channels: dict[int, socket.socket] = {}
    retiring = False
    while channels or not retiring:
        events = [key.fileobj for key, _ in selector.select(timeout=1.0)]
        if wake_read in events:
            os.read(wake_read, 4096)
        _tell_exits(channels)
        if os.getppid() != parent:  # gone, though a fork of it may hold the other end of the socket open
            break
        if control in events:
            message, received, _, _ = socket.recv_fds(control, 1, 1)
            if not message:
                break
            if message == RETIRE:
                retiring = True
                continue
            channel = socket.socket(fileno=received[0])
            channel.set_inheritable(False)
            pid = _fork()
            if pid == 0:
                _forget_server([control, selector, *channels.values()], [wake_read, wake_write])
                return channel
            channels[pid] = channel
            _tell(channel, f"pid {pid}")
    else:
        return None
    for pid in channels:
        _kill_group(pid)
    shutil.rmtree(folder, ignore_errors=True)
    return None


def _fork() -> int:
    with warnings.catch_warnings():
        # Python warns of threads. Those here are of OpenBLAS, which ends and restarts them around a fork.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _tell_exits(channels: dict[int, socket.socket]) -> None:
    with contextlib.suppress(ChildProcessError):
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            pid, status = found
            with channels.pop(pid) as channel:
                _tell(channel, f"exit {os.waitstatus_to_exitcode(status)}")


def _tell(channel: socket.socket, line: str) -> None:
    with contextlib.suppress(OSError):  # who asked may no longer be interested
        channel.sendall(line.encode() + b"\n")


def _kill_group(pid: int) -> None:
    for kill in (os.killpg, os.kill):  # a newborn has no group yet
        with contextlib.suppress(ProcessLookupError):
            kill(pid, signal.SIGKILL)


def _forget_server(closeables: list[Any], descriptors: list[int]) -> None:
    """Undo in the child what the server set up, and leave its session."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.setsid()
    for closeable in closeables:
        closeable.close()
    for descriptor in descriptors:
        os.close(descriptor)


def _become_kernel(channel: socket.socket) -> None:
    """Be the ipykernel that was asked for, until it is shut down."""
    with channel.makefile("rb") as lines:
        request = json.loads(lines.readline())
    os.environ.clear()
    os.environ.update(request["env"])
    time.tzset()
    os.chdir(request["cwd"])

    import ipywidgets
    import numpy as np
    from ipykernel.kernelapp import IPKernelApp

    np.random.seed()  # else all kernels would draw the same "random" numbers
    sys.argv = ["ipykernel_launcher", *request["arguments"]]
    app = IPKernelApp.instance()
    # With the parent's id ipykernel watches over it, and ends when the server is gone.
    app.initialize([*request["arguments"], f"--IPKernelApp.parent_handle={os.getppid()}"])
    ipywidgets.register_comm_target()  # done at import in other kernels, but the server had no kernel then
    _tell(channel, "ready")
    channel.close()
    app.start()
