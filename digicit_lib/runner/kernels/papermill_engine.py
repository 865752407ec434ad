"""A papermill engine that saves once and knows its limits: `papermill --engine digicit`.

Papermill saves the whole notebook after every cell and, after a killed kernel, marks the unfinished cells as
completed; this one does neither. Papermill loads it while it is itself half loaded, so nothing of papermill
is imported here before it is used.
"""

import logging
import time
from collections.abc import Callable
from typing import Any

from papermill.utils import nb_kernel_name, nb_language

from digicit_lib.runner.kernels.notebook_client import Client, Manager

LOG = logging.getLogger("digicit.engine")


class DigicitEngine:
    """Executes on a local socket, within a time for each cell and for the whole.

    The options beside papermill's own are `on_cell` (called with index, number of cells and heading),
    `on_save` (called with the notebook before it is written), `total_timeout` in seconds and `memory_mb`.
    """

    @staticmethod
    def execute_notebook(
        nb: Any,
        kernel_name: str,
        output_path: str | None = None,
        *,
        on_cell: Callable[[int, int, str], None] | None = None,
        on_save: Callable[[Any], None] | None = None,
        execution_timeout: int = 300,
        total_timeout: int = 600,
        memory_mb: int | None = None,
        start_timeout: int = 60,
        **_: Any,
    ) -> Any:
        end = time.monotonic() + total_timeout
        manager = Manager(nb, output_path, on_cell, on_save)
        manager.notebook_start()
        try:
            Client(
                manager,
                memory_mb,
                kernel_name=kernel_name,
                timeout_func=lambda cell: max(1, int(min(execution_timeout, end - time.monotonic()))),
                startup_timeout=start_timeout,
                shutdown_kernel="immediate",
                coalesce_streams=True,  # else it depends on the moment how a text is cut
                log=LOG,
            ).execute()
        except BaseException:
            manager.broken()
            raise
        finally:
            manager.notebook_complete()
        return manager.nb

    @staticmethod
    def nb_kernel_name(nb: Any, name: str | None = None) -> str:
        return str(nb_kernel_name(nb, name))

    @staticmethod
    def nb_language(nb: Any, language: str | None = None) -> str:
        return str(nb_language(nb, language))
