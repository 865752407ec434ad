"""What the engine runs a notebook with: papermill's bookkeeping and client, each with less waiting."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from jupyter_core.utils import run_sync
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NotebookExecutionManager
from traitlets.config import Config

from digicit_lib.runner.kernels.provisioner import ADDRESS, Forked
from digicit_lib.runner.locks import Scratch

OnCell = Callable[[int, int, str], None]
OnSave = Callable[[Any], None]


class Manager(NotebookExecutionManager):
    """Papermill's bookkeeping without its saves in between."""

    def __init__(
        self, nb: Any, output_path: str | None, on_cell: OnCell | None, on_save: OnSave | None = None
    ) -> None:
        super().__init__(nb, output_path=None, progress_bar=False, autosave_cell_every=0)
        self.final_path, self.on_cell, self.on_save = output_path, on_cell, on_save
        self.current: int | None = None
        self.titles = _titles(nb)

    def save(self, **kwargs: Any) -> None:
        """Between cells nothing is written."""

    def cell_start(self, cell: Any, cell_index: int | None = None, **kwargs: Any) -> None:
        super().cell_start(cell, cell_index, **kwargs)
        self.current = index = cell_index or 0
        if self.on_cell:
            self.on_cell(index, len(self.nb.cells), self.titles[index])

    def broken(self) -> None:
        """The kernel died or was stopped: mark the cell it was in, so that no reader believes the rest."""
        if self.current is not None:
            self.cell_exception(self.nb.cells[self.current], cell_index=self.current)
        for later in self.nb.cells[(self.current or 0) + 1 :]:
            later.metadata.papermill["status"] = "not run"
        self.output_path = self.final_path  # what ends so papermill does not save

    def notebook_complete(self, **kwargs: Any) -> None:
        super().notebook_complete(**kwargs)
        if self.on_save:
            self.on_save(self.nb)
        super().save()


def _titles(nb: Any) -> list[str]:
    """For each cell the heading that it stands under."""
    titles, title = [], ""
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            heads = [line.lstrip("# ") for line in cell.source.splitlines() if line.startswith("#")]
            title = heads[-1] if heads else title
        titles.append(title)
    return titles


class Client(PapermillNotebookClient):
    """nbclient on a private socket, with a memory limit on the kernel and no child of it left behind."""

    def __init__(self, manager: Manager, memory_mb: int | None, **kwargs: Any) -> None:
        self.memory_mb, self.pid = memory_mb, 0
        self.process: Any = None
        self.scratch = Scratch()
        self.folder = str(self.scratch.path)
        where = {"connection_file": f"{self.folder}/kernel.json"}
        if os.name == "posix" and len(self.folder) < _SOCKET_PATH_LIMIT:
            where |= {"transport": "ipc", "ip": f"{self.folder}/kernel"}
        super().__init__(manager, config=Config({"KernelManager": where}), **kwargs)

    def create_kernel_manager(self) -> Any:
        """The notebook's own kernel, forked from the warm process when this run has one."""
        manager = super().create_kernel_manager()
        if os.environ.get(ADDRESS):
            manager.kernel_spec.metadata["kernel_provisioner"] = {"provisioner_name": "digicit-fork"}
        return manager

    def start_new_kernel(self, **kwargs: Any) -> None:
        """What an ordinary kernel writes past its cells may quote an answer: kept with its folder only."""
        with (self.scratch.path / "said").open("wb") as said:
            super().start_new_kernel(stdout=said, stderr=said, **kwargs)
        self.process = self.km.provisioner.process
        self.pid = int(self.process.pid)
        RUNNING[self.pid] = self.scratch
        if self.memory_mb:
            limit_memory(self.pid, self.memory_mb)

    def start_new_kernel_client(self, **kwargs: Any) -> Any:
        """Connect and wait for the kernel's own word; jupyter_client's wait has a fixed half second."""
        self.kc = self.km.client()
        try:
            run_sync(self.until_ready)()
        except BaseException:
            # No cell has run yet: why the kernel does not start is for the log.
            os.write(2, (self.scratch.path / "said").read_bytes())
            self._cleanup_kernel()
            raise
        self.kc.allow_stdin = False
        return self.kc

    async def until_ready(self) -> None:
        end, patience = time.monotonic() + self.startup_timeout, 0.1
        while time.monotonic() < end and await self.km.is_alive():
            if not self.listens():
                await asyncio.sleep(0.005)
                continue
            if not self.kc.channels_running:
                self.kc.start_channels(stdin=False, hb=False)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.answer(self.kc.kernel_info()), patience)
                return
            patience = min(2 * patience, 2.0)
        raise RuntimeError("The kernel did not start")

    def listens(self) -> bool:
        """Whether the kernel has bound its sockets; whoever connects before waits a tenth of a second."""
        ports = (self.km.shell_port, self.km.iopub_port, self.km.control_port)
        return self.km.transport != "ipc" or all(Path(f"{self.km.ip}-{port}").exists() for port in ports)

    async def answer(self, request: str) -> None:
        """Wait for the request's end on the channel of outputs: none will be missed from then on."""
        state, parent = "", ""
        while (state, parent) != ("idle", request):
            message = await self.kc.get_iopub_msg()
            state, parent = message["content"].get("execution_state"), message["parent_header"].get("msg_id")

    def execute(self, **kwargs: Any) -> Any:
        try:
            return super().execute(**kwargs)
        finally:
            RUNNING.setdefault(self.pid, self.scratch)
            end_kernel(self.pid)
            forked = isinstance(self.process, Forked)
            self.nb.metadata.papermill["kernel"] = {
                "forked": forked,
                **(self.process.usage if forked else {}),
            }


RUNNING: dict[int, Scratch] = {}
"""Process ids of kernels, which lead their own groups, and their folders: what a stopped worker must end."""

# A Unix socket's path holds 107 characters, of which the kernel's own names need about ten.
_SOCKET_PATH_LIMIT = 95


def end_kernel(pid: int) -> None:
    """End the kernel and whatever its cells left running, and remove its sockets."""
    if pid:
        with suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(pid, signal.SIGKILL)
            else:
                os.kill(pid, signal.SIGTERM)
    RUNNING.pop(pid).close()


def limit_memory(pid: int, megabytes: int) -> None:
    """Private memory above the limit raises MemoryError in the cell that asks for it (Linux)."""
    with suppress(ImportError, AttributeError, OSError):
        import resource

        size = megabytes * 1024 * 1024
        resource.prlimit(pid, resource.RLIMIT_DATA, (size, size))
