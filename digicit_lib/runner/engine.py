"""A papermill engine that saves once, knows its limits and says which cell runs.

`papermill --engine digicit` works too. Papermill saves the whole notebook after every cell and,
after a killed kernel, marks the unfinished cells as completed; this one does neither.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, NotebookExecutionManager
from traitlets.config import Config

OnCell = Callable[[int, int, str], None]
LOG = logging.getLogger("digicit.engine")


class Manager(NotebookExecutionManager):
    """Papermill's bookkeeping without its saves in between."""

    def __init__(self, nb: Any, output_path: str | None, on_cell: OnCell | None) -> None:
        super().__init__(nb, output_path=None, progress_bar=False, autosave_cell_every=0)
        self.final_path, self.on_cell = output_path, on_cell
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

    def notebook_complete(self, **kwargs: Any) -> None:
        super().notebook_complete(**kwargs)
        self.output_path = self.final_path
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
        self.folder = tempfile.mkdtemp(prefix="digicit-")
        where = {"connection_file": f"{self.folder}/kernel.json"}
        if len(self.folder) < _SOCKET_PATH_LIMIT:
            where |= {"transport": "ipc", "ip": f"{self.folder}/kernel"}
        super().__init__(manager, config=Config({"KernelManager": where}), **kwargs)

    def start_new_kernel(self, **kwargs: Any) -> None:
        super().start_new_kernel(**kwargs)
        self.pid = int(self.km.provisioner.pid)
        RUNNING[self.pid] = self.folder
        if self.memory_mb:
            limit_memory(self.pid, self.memory_mb)

    def execute(self, **kwargs: Any) -> Any:
        try:
            return super().execute(**kwargs)
        finally:
            RUNNING.setdefault(self.pid, self.folder)
            end_kernel(self.pid)


RUNNING: dict[int, str] = {}
"""Process ids of kernels, which lead their own groups, and their folders: what a stopped worker must end."""

# A Unix socket's path holds 107 characters, of which the kernel's own names need about ten.
_SOCKET_PATH_LIMIT = 95


def end_kernel(pid: int) -> None:
    """End the kernel and whatever its cells left running, and remove its sockets."""
    if pid:
        with suppress(OSError):
            os.killpg(pid, signal.SIGKILL)
    shutil.rmtree(RUNNING.pop(pid), ignore_errors=True)


def limit_memory(pid: int, megabytes: int) -> None:
    """Private memory above the limit raises MemoryError in the cell that asks for it (Linux)."""
    with suppress(ImportError, AttributeError, OSError):
        import resource

        size = megabytes * 1024 * 1024
        resource.prlimit(pid, resource.RLIMIT_DATA, (size, size))


class DigicitEngine(NBClientEngine):
    """Executes on a local socket, within a time for each cell and for the whole."""

    @classmethod
    def execute_notebook(
        cls,
        nb: Any,
        kernel_name: str,
        output_path: str | None = None,
        on_cell: OnCell | None = None,
        **kwargs: Any,
    ) -> Any:
        manager = Manager(nb, output_path, on_cell)
        manager.notebook_start()
        try:
            cls.execute_managed_notebook(manager, kernel_name, **kwargs)
        except BaseException:
            manager.broken()
            raise
        finally:
            manager.notebook_complete()
        return manager.nb

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Manager,
        kernel_name: str,
        *,
        execution_timeout: int = 300,
        total_timeout: int = 600,
        memory_mb: int | None = None,
        start_timeout: int = 60,
        **kwargs: Any,
    ) -> None:
        end = time.monotonic() + total_timeout
        client = Client(
            nb_man,
            memory_mb,
            kernel_name=kernel_name,
            timeout_func=lambda cell: max(1, int(min(execution_timeout, end - time.monotonic()))),
            startup_timeout=start_timeout,
            shutdown_kernel="immediate",
            log=LOG,
        )
        client.execute()


__all__ = ["CellTimeoutError", "DeadKernelError", "DigicitEngine", "RUNNING"]
