"""How a file system of fsspec is found for an address, and what its errors mean in words: never with the address in
them, for that may carry a secret.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from orbitviz.core.address import shown_address
from orbitviz.core.errors import OrbitvizError

FIRST_WAIT_S = 0.25
"""Before the second try; three times as long before each further one."""
CONNECT_S, SILENT_S = 10.0, 30.0
"""How long a server may take to answer, and to send nothing, before it is asked again."""
NO_RANGES = (
    "must come from a server that sends parts of a file, this one sends only the whole",
    "copy the file here first, or serve it from one that answers range requests",
)
_PACKAGES = {"s3": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "az": "adlfs", "abfs": "adlfs"}
_STATUS = {401: "it wants a name and password", 403: "it is not for everybody", 404: "there is no such file"}


_waiting = 0
_waiting_lock = threading.Lock()


@contextmanager
def no_collection() -> Iterator[None]:
    """While a request is under way no garbage is collected, on any thread. HDF5 asks for bytes with its lock held; the
    thread of the network that collected an object of h5py would wait for that lock, and this one for that thread."""
    global _waiting
    with _waiting_lock:
        if _waiting == 0 and not gc.isenabled():
            held = False
        else:
            held = True
            _waiting += 1
            gc.disable()
    try:
        yield
    finally:
        if held:
            with _waiting_lock:
                _waiting -= 1
                if _waiting == 0:
                    gc.enable()


class NotThere(OSError):
    """Nothing was tried yet."""


def open_system(address: str) -> tuple[Any, str, bool]:
    """(file system, the path in it, whether it is HTTP) of a checked address. OrbitvizError: a package is missing."""
    scheme = address.partition("://")[0]
    web = scheme in ("http", "https")
    try:
        fsspec = import_module("fsspec")
        more: dict[str, Any] = {}
        if web:
            timeout = import_module("aiohttp").ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=SILENT_S)
            more = {"client_kwargs": {"timeout": timeout}, "skip_instance_cache": True}
    except ImportError:
        raise OrbitvizError(
            f"reading {shown_address(address)} needs the packages of the extra `remote`, they are not installed",
            'pip install "orbitviz[remote]"',
        ) from None
    try:
        system = fsspec.filesystem(scheme, **more)
    except ImportError:
        package = _PACKAGES.get(scheme, "its package")
        raise OrbitvizError(
            f"reading {scheme}:// needs the package {package}, it is not installed",
            f'pip install {package} "orbitviz[remote]"',
        ) from None
    except Exception as error:
        raise OrbitvizError(
            f"{shown_address(address)} must be reachable, {reason_of(error)}", "check the set-up"
        ) from None
    return system, address if web else str(system._strip_protocol(address)), web


def waits_for(tries: int) -> Iterator[float]:
    """Seconds to wait before each try."""
    yield 0.0
    for k in range(tries - 1):
        yield FIRST_WAIT_S * 3.0**k


def reason_of(error: BaseException) -> str:
    """Why, in words of our own: an error's text may hold the whole address."""
    status = int(getattr(error, "status", 0) or 0)
    if status:
        return _STATUS.get(status, f"the server answers with an error ({status})")
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, PermissionError):
        return "it is not for everybody"
    if isinstance(error, TimeoutError):
        return "the server does not answer in time"
    name = type(error).__name__
    if "Connect" in name or "DNS" in name:
        return "the server cannot be reached"
    if "Disconnected" in name or "Payload" in name or str(error) == "the answer was cut off":
        return "the connection is cut each time"
    return f"the network says {name}"
