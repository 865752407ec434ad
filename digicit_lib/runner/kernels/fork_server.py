"""A process with the libraries loaded that forks kernels: `python -m …kernels.fork_server SOCKET LATER…`.

It holds exactly one thread, listens on a private socket, reports how each kernel ended, and goes when its
parent does. A forked kernel must put out, byte for byte, what an ordinary one does: tests keep it so.
"""

import builtins
import gc
import importlib.util
import json
import os
import random
import re
import selectors
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import digicit_lib

MODULES = (
    *("ipykernel.kernelapp", "ipykernel.debugger", "tornado.platform.asyncio", "IPython.core.completerlib"),
    *("IPython.extensions.storemagic", "IPython.core.debugger", "IPython.core.oinspect", "sqlite3"),
    *("matplotlib.pyplot", "seaborn", "pyarrow.parquet"),
    *("digicit_lib.workbook.door", "digicit_lib.products.product", "digicit_lib.exhibits.plane_charts"),
)
# What takes a second and half a one, with the phases that use it: loaded while the first kernels are at work.
LATER = {"talk": {"qualitative", "quantitative"}, "models": {"quantitative"}}
MODELS = ("pingouin", "statsmodels.api", "statsmodels.formula.api")
ENVIRONMENT = {
    "PYTHONHASHSEED": "0",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    # Arrow's allocators: no thread of their own, which a fork would not copy, and no gigabyte held in
    # advance, which would count against a kernel's limit.
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "MIMALLOC_ARENA_EAGER_COMMIT": "0",
}
"""What every kernel gets, forked or not."""
NEEDED = re.compile(
    r"(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|TZ|TMPDIR|TEMP|TMP|TERM|VIRTUAL_ENV|LD_LIBRARY_PATH|SYSTEMROOT)$|"
    r"(LC_|PYTHON|DIGICIT_|JUPYTER|IPYTHON|MPL|XDG_|CONDA_|FONTCONFIG_|SOURCE_DATE_EPOCH|COVERAGE_)"
)
"""Names of the variables that a kernel needs; it gets nothing else, such as keys to services."""
IDLE = 1.0
INLINE = "module://matplotlib_inline.backend_inline"


def needed(environment: Mapping[str, str]) -> dict[str, str]:
    """The part of an environment that a kernel gets.

    Examples
    --------
    >>> needed({"PATH": "/bin", "DIGICIT_DATA": "d", "AWS_SECRET_ACCESS_KEY": "s", "PATHS": "x"})
    {'PATH': '/bin', 'DIGICIT_DATA': 'd'}
    """
    return {name: value for name, value in environment.items() if NEEDED.match(name)}


def run_server() -> None:
    """Load everything, fork on request; what returns from `serve` is a child, on its way to be a kernel."""
    listener = socket.socket(fileno=int(sys.argv[1]))
    preload()
    become_kernel(*serve_forks(listener, sys.argv[2:]))


def preload() -> None:
    """Load what every kernel needs, fonts and the words of a figure with it."""
    gc.disable()  # what is loaded stays: to look through it again and again takes a quarter of the time
    if not sys.flags.safe_path:
        del sys.path[0]  # the folder that `python -m` puts in front, as ipykernel's launcher does
    import_modules(MODULES)
    digicit_lib.codebook.catalogue()
    from matplotlib.backends.registry import backend_registry

    row = importlib.import_module("pandas").DataFrame({"indicator": ["a"], "estimate": [0.5]})
    # A figure of ours loads fonts and locale, and no backend: one chosen here would swallow plt.show() later.
    digicit_lib.exhibits.figures.draw("dots", row, title="a")
    backend_registry.is_valid_backend("agg")
    settle()
    gc.enable()
    gc.set_threshold(20_000)  # the default looks through a figure's parts dozens of times while it is drawn


def import_modules(names: tuple[str, ...]) -> None:
    """Import as a kernel would: pandas looks for one and prints for a terminal where it finds none."""
    builtins.get_ipython = lambda: SimpleNamespace(kernel=True)  # type: ignore[attr-defined]
    for name in names:
        with suppress(Exception):  # the cell that needs it will say so, as in any kernel
            importlib.import_module(name)
    del builtins.get_ipython  # type: ignore[attr-defined]


def settle() -> None:
    """Keep the garbage collector of all forks from what is loaded; refuse a thread: no fork has it."""
    gc.freeze()
    if len(os.listdir("/proc/self/task")) != 1:  # noqa: PTH208 - a fork copies one thread and all locks
        sys.exit("a library started a thread while it was loaded")


def load_later(what: str) -> None:
    """Load what models of surveys use, or the reading of talk: in both is nothing of a study."""
    if what == "models":
        import_modules(MODELS)
    else:
        with suppress(Exception):  # as above
            importlib.import_module("digicit_lib.qualitative.passage_gate").load_words()
    settle()


def serve_forks(
    listener: socket.socket, later: Iterable[str] = ()
) -> tuple[dict[str, Any], list[int], socket.socket]:
    """Fork, reap and report until the parent's end of stdin closes; returns in the children only.

    In each second without a request it loads one of what `later` kernels need.
    """
    later = list(later)
    kernels: dict[int, socket.socket] = {}
    wake, waker = socket.socketpair()
    waker.setblocking(False)
    signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    selector = selectors.DefaultSelector()
    for source in (listener, wake, sys.stdin):
        selector.register(source, selectors.EVENT_READ)
    while True:
        ready = [key.fileobj for key, _ in selector.select(IDLE if later else None)]
        if not ready:
            load_later(later.pop(0))
        if sys.stdin in ready:
            os._exit(0)  # to take down all that is loaded takes a third of a second
        if wake in ready:
            wake.recv(4096)
            reap(kernels)
        if listener in ready:
            request = answer(listener, kernels)
            if request:
                selector.close()
                for inherited in (listener, wake, waker, *kernels.values()):
                    inherited.close()
                return request


def answer(
    listener: socket.socket, kernels: dict[int, socket.socket]
) -> tuple[dict[str, Any], list[int], socket.socket] | None:
    """Read one request and fork for it; None in the fork server, whatever the client did."""
    connection, _ = listener.accept()
    connection.settimeout(5)
    descriptors: list[int] = []
    try:
        data, descriptors, _, _ = socket.recv_fds(connection, 1 << 16, 2)
        if not data.endswith(b"\n"):
            data += connection.makefile("rb").readline()
        request = json.loads(data)
        pid = os.fork()
        if pid == 0:
            return request, descriptors, connection
        kernels[pid] = connection
    except (OSError, ValueError) as error:
        with suppress(OSError):
            connection.sendall(json.dumps({"error": str(error)}).encode() + b"\n")
        connection.close()
    for descriptor in descriptors:
        os.close(descriptor)
    return None


def reap(kernels: dict[int, socket.socket]) -> None:
    """Tell each ended kernel's owner how it ended and what it used."""
    with suppress(ChildProcessError):
        while True:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
            if not pid:
                return
            facts = {
                "exit": os.waitstatus_to_exitcode(status),
                "peak_mb": round(usage.ru_maxrss / 1024),
                "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 3),
            }
            connection = kernels.pop(pid)
            with suppress(OSError):
                connection.sendall(json.dumps(facts).encode() + b"\n")
            connection.close()


def become_kernel(request: dict[str, Any], descriptors: list[int], owner: socket.socket) -> None:
    """Shed what is the fork server's, take the request's surroundings, run ipykernel as its launcher does."""
    os.setsid()
    owner.settimeout(None)
    owner.sendall(json.dumps({"pid": os.getpid()}).encode() + b"\n")
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(request["env"])
    time.tzset()
    os.chdir(request["cwd"])
    os.umask(request["umask"])
    null = os.open(os.devnull, os.O_RDONLY)
    for source, target in zip((null, *descriptors), (0, 1, 2), strict=True):
        os.dup2(source, target)
        os.close(source)
    random.seed()
    sys.modules["numpy"].random.seed()
    sys.modules["matplotlib"].rcParams["backend"] = os.environ.setdefault("MPLBACKEND", INLINE)
    threading.Thread(target=end_with, args=(owner,), daemon=True).start()
    from ipykernel.kernelapp import IPKernelApp

    launcher = importlib.util.find_spec("ipykernel_launcher")
    sys.argv = [str(launcher and launcher.origin), *request["argv"]]
    # What cells write past Python may quote an answer: only a kernel that does not start says so in the log.
    silent, log = os.open(os.devnull, os.O_WRONLY), os.dup(2)
    for stream in (1, 2):
        os.dup2(silent, stream)
    kernel = IPKernelApp.instance()
    try:
        # A parent of 1 means none to watch: `end_with` does that.
        kernel.initialize([*request["argv"], "--IPKernelApp.parent_handle=1"])
    except BaseException:
        os.dup2(log, 2)
        raise
    os.close(log)
    kernel.start()


def end_with(owner: socket.socket) -> None:
    """A kernel whose owner is gone has nobody to work for."""
    with suppress(OSError):
        while owner.recv(1):
            continue
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    run_server()
