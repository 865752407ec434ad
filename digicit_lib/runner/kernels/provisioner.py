"""Kernels forked from a warm process, through Jupyter's own extension point, with the ordinary one to fall
back on. `digicit run` uses them by default; in JupyterLab the kernel `digicit` does."""

import asyncio
import json
import os
import select
import signal
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Set
from contextlib import suppress
from pathlib import Path
from typing import Any

from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from digicit_lib.runner.kernels.fork_server import ENVIRONMENT, LATER, needed
from digicit_lib.runner.locks import Scratch
from digicit_lib.safe import own_umask

ADDRESS = "DIGICIT_ZYGOTE"
LAUNCHER = ["-m", "ipykernel_launcher"]
SUPPORTED = sys.platform.startswith("linux") and hasattr(os, "fork")
START_SECONDS = 60


class ForkServer:
    """The warm process: started at once, ready when it answers; clients may connect before.

    Parameters
    ----------
    log : Path, optional
    phases : set of str
        Of kernels that come after the first ones: what they use is loaded in idle moments.
    """

    def __init__(
        self, log: Path | None = None, *, phases: Set[str] = frozenset({"qualitative", "quantitative"})
    ) -> None:
        self.stamp = library_stamp()
        self.folder = Scratch()
        self.address = f"{self.folder.path}/fork_server"
        with socket.socket(socket.AF_UNIX) as listener, open(log or os.devnull, "ab") as out:  # noqa: PTH123
            if log:
                os.fchmod(out.fileno(), 0o600)
            listener.bind(self.address)
            Path(self.address).chmod(0o600)
            listener.listen(128)
            later = [name for name in LATER if phases & LATER[name]]
            module = "digicit_lib.runner.kernels.fork_server"
            self.process = subprocess.Popen(
                [sys.executable, "-m", module, str(listener.fileno()), *later],
                pass_fds=[listener.fileno()],
                start_new_session=True,
                env=needed(os.environ) | ENVIRONMENT,
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=out,
            )

    def close(self) -> None:
        """End the process; running kernels go on until their owners end them."""
        try:
            self.process.communicate(timeout=0.5)
        except subprocess.TimeoutExpired:  # it is loading still
            self.process.kill()
            self.process.communicate()
        self.folder.close()


_OWN: dict[str, ForkServer] = {}


def own_address() -> str:
    """The fork server of a process that was given none, such as JupyterLab's server; today's, and alive."""
    server = _OWN.get("fork_server")
    if server is None or server.stamp != library_stamp() or server.process.poll() is not None:
        server = _OWN["fork_server"] = ForkServer()
    return server.address


def library_stamp() -> tuple[float, float]:
    """Changes with our sources and with what is installed: the fork server of yesterday's library must go."""
    files = Path(__file__).parents[2].rglob("*.py")
    return max(path.stat().st_mtime for path in files), Path(sysconfig.get_path("purelib")).stat().st_mtime


class Forked:
    """The part of `subprocess.Popen` that jupyter_client uses, for a child of the fork server."""

    stdin = stdout = stderr = None

    def __init__(self, command: list[str], env: dict[str, str], cwd: str | None) -> None:
        if command[1:3] != LAUNCHER:
            raise OSError("not an ipykernel command")
        address = env.get(ADDRESS) or own_address()
        request = {
            "argv": command[3:],
            "env": {name: value for name, value in env.items() if name != ADDRESS},
            "cwd": cwd or os.getcwd(),  # noqa: PTH109
            "umask": own_umask(),
        }
        self.returncode: int | None = None
        self.usage: dict[str, float] = {}
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(START_SECONDS)
        try:
            self.socket.connect(address)
            data = json.dumps(request).encode() + b"\n"
            sent = socket.send_fds(self.socket, [data], [1, 2])
            if sent < len(data):
                self.socket.sendall(data[sent:])
            reply = json.loads(self.socket.makefile("rb", 0).readline() or "{}")
            if "pid" not in reply:
                raise OSError(reply.get("error", "the fork server is gone"))
        except (OSError, ValueError):
            self.socket.close()
            raise
        self.socket.settimeout(None)
        self.pid = int(reply["pid"])

    def poll(self) -> int | None:
        if self.returncode is None and not self._exists():
            self.socket.settimeout(5)  # a fork of the kernel may hold the line of a fork server that is gone
            self.wait()
        elif self.returncode is None and select.select([self.socket], [], [], 0)[0]:
            self.wait()
        return self.returncode

    def wait(self) -> int:
        """How the kernel ended, by the fork server's word; without it, as if it had been killed."""
        if self.returncode is None:
            with suppress(OSError, ValueError):
                self.usage = json.loads(self.socket.makefile("rb", 0).readline() or "{}")
            self.returncode = int(self.usage.pop("exit", -signal.SIGKILL))
            self.socket.close()
        return self.returncode

    def _exists(self) -> bool:
        """A process that is no child of the fork server any more is reaped by the system, unannounced."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, 0)
            return True
        return False

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.killpg(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


class ForkProvisioner(LocalProvisioner):
    """Starts kernels from the fork server; from the command, as ever, where that cannot be done."""

    process: Any

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        try:
            if not SUPPORTED:
                raise OSError("no safe fork on this system")
            self.process = await asyncio.to_thread(Forked, cmd, kwargs["env"], kwargs.get("cwd"))
        except (OSError, ValueError) as error:
            self.log.warning("No forked kernel (%s): an ordinary one is started.", error)
            return await super().launch_kernel(cmd, **kwargs)
        self.pid = self.pgid = self.process.pid
        return self.connection_info

    async def kill(self, restart: bool = False) -> None:
        """Kill and take the fork server's word at once; jupyter_client would look every tenth of a second."""
        await super().kill(restart)
        if isinstance(self.process, Forked):
            await self.wait()

    async def wait(self) -> int | None:
        if not isinstance(self.process, Forked):
            return await super().wait()
        code = await asyncio.to_thread(self.process.wait)
        self.process = None
        return code
