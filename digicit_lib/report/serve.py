"""Published pages on this machine only, under a strict content policy."""

import base64
import hashlib
from functools import lru_cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

from digicit_lib.report.html_page import TEMPLATES

HOST = "127.0.0.1"
HIDDEN = "."  # working folders begin with a dot: staging, failed runs, their logs


def server(folder: Path, port: int = 0) -> ThreadingHTTPServer:
    """A server of a folder, on the loopback address.

    Parameters
    ----------
    folder : Path
        `outputs/` of a project.
    port : int
        0 takes a free one, which `server_port` of the result names.

    Returns
    -------
    ThreadingHTTPServer
        Not yet serving. It lists no folder and shows none whose name begins with a dot; pages may run the
        script of the index, and nothing else, and fetch nothing.

    Examples
    --------
    >>> with server(Path(".")) as made:
    ...     made.server_address[0]
    '127.0.0.1'
    """
    return ThreadingHTTPServer((HOST, port), partial(_Pages, directory=str(folder)))


@lru_cache
def policy() -> str:
    """The content security policy of every answer.

    Examples
    --------
    >>> policy().split("; ")[0]
    "default-src 'none'"
    """
    script = "\n" + (TEMPLATES / "search.js").read_text(encoding="utf-8").rstrip(
        "\n"
    )  # as the template has it
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    parts = {
        "default-src": "'none'",
        "script-src": f"'sha256-{digest}'",
        "style-src": "'unsafe-inline'",
        "img-src": "'self' data:",
        "font-src": "data:",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in parts.items())


class _Pages(SimpleHTTPRequestHandler):
    """Files of one folder, each with the policy; no list of a folder."""

    def send_head(self):  # type: ignore[no-untyped-def]
        """Nothing whose name begins with a dot."""
        if any(part.startswith(HIDDEN) for part in unquote(self.path).split("/")):
            self.send_error(404)
            return None
        return super().send_head()

    def list_directory(self, path: object) -> None:
        self.send_error(404)

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", policy())
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the address of a page is the reader's own matter."""
