"""Voilà with only the doors that a chapter on the screen needs, each of them locked.

Voilà by itself answers under any host name, hands out its own files without a token, lists the folder, follows links
out of it and lets an address choose another template. Here a request must name this machine and carry the token, and
a page is one of the notebooks that stand in the folder itself. What a page may ask of its kernel is Voilà's own rule:
messages of widgets, and never code to run.
"""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import FileFindHandler, JupyterHandler
from jupyter_server.utils import url_path_join
from tornado import web
from voila.app import Voila
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler
from voila.static_file_handler import MultiStaticFileHandler, TemplateStaticFileHandler
from voila.tornado.handler import TornadoVoilaHandler

# Whatever stands in an answer, a page gets nothing from elsewhere and sends nothing there. Voilà's own scripts stand
# in the page, a widget's script is a blob, and its schemas are compiled.
POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline' blob:",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' blob: data:",
        "object-src 'self' blob:",  # the report
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
_SECONDS_TO_SAVE = 2
_NOT_NEEDED = ("voila/files/", "voila/tree", "voila/api/contents", "login", "logout")


class _Locked(JupyterHandler):
    """Files of Voilà and its widgets, for who may see the page."""

    async def prepare(self) -> None:  # type: ignore[override]
        await super().prepare()  # type: ignore[misc]
        if not self.current_user:
            raise web.HTTPError(403)


class _Static(_Locked, MultiStaticFileHandler):
    """Scripts and styles."""


class _TemplateStatic(_Locked, TemplateStaticFileHandler):
    """Scripts and styles of a template."""

    def parse_url_path(self, url_path: str) -> str:
        if not re.fullmatch(r"\w+/static(/[\w@-][\w@.-]*)+", url_path):  # over anything else Voilà stumbles
            raise web.HTTPError(404)
        return str(super().parse_url_path(url_path))


class _Extension(_Locked, FileFindHandler):
    """Scripts of widgets."""


class _NoToken(JupyterHandler):
    """Where a request without the token ends: words for people, and nothing of the client."""

    @allow_unauthenticated
    def get(self) -> None:
        if self.current_user:
            self.redirect(self.base_url)
            return
        self.set_status(403)
        self.finish(self.settings["voila_jinja2_env"].get_template("locked.html").render())


class _Chapter(TornadoVoilaHandler):
    """A notebook as a page."""

    @web.authenticated
    async def get(self, path: str = "") -> None:
        folder = Path(self.contents_manager.root_dir).resolve()
        # a plain name first: the rest of it is then safe to ask the file system
        if not re.fullmatch(r"\w[\w .()-]*\.ipynb", path) or (folder / path).resolve() != folder / path:
            raise web.HTTPError(404)
        _ = self.xsrf_token  # sets the cookie without which a page may not end its kernel
        await super().get(path)


class _Farewell(VoilaShutdownKernelHandler):
    """The end of a kernel whose page is left: a moment later, so that it saves what was typed last."""

    @web.authenticated
    async def post(self, kernel_id: str) -> None:
        await asyncio.sleep(_SECONDS_TO_SAVE)
        await super().post(kernel_id)


_OURS = {MultiStaticFileHandler: _Static, TemplateStaticFileHandler: _TemplateStatic}
_OURS |= {FileFindHandler: _Extension, TornadoVoilaHandler: _Chapter, VoilaShutdownKernelHandler: _Farewell}


class Presenting(Voila):
    """Voilà for one client's chapters."""

    def init_settings(self) -> dict[str, Any]:
        """Those of Voilà; only names of this machine are answered."""
        headers = {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"}
        return super().init_settings() | {"allow_remote_access": False, "headers": headers}

    def init_handlers(self) -> list[Any]:
        """Those of Voilà that a chapter needs, with ours in their place."""
        closed = tuple(url_path_join(self.server_url, path) for path in _NOT_NEEDED)
        needed = [handler for handler in super().init_handlers() if not handler[0].startswith(closed)]
        ours = [(pattern, _OURS.get(handler, handler), *rest) for pattern, handler, *rest in needed]
        return [*ours, (url_path_join(self.server_url, "login"), _NoToken)]


if __name__ == "__main__":
    Presenting.launch_instance()
