"""What the process that looks at a file from others may use: time, memory, no other file. All that depends on the
operating system is here; where a system offers less, less is taken away and the time limit of the parent remains.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import struct
import sys
from pathlib import Path
from typing import Any

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

MEMORY_BYTES = 1 << 30
"""Address space beyond what the process has when the file is opened: the largest chunk takes 64 MB."""
OPEN_FILES = 16
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS, SIGKILL = 1, 38, 9
LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446
"""Numbers of the Linux system calls, the same on every processor (linux/include/uapi/asm-generic/unistd.h)."""
READ_FILE, READ_FOLDER = 1 << 2, 1 << 3
FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""Rights over files by version of Landlock (linux/landlock.h): as many bits are known to it, from the lowest."""


def confine(path: Path | None, cpu_s: float) -> None:
    """This process may from now on read the file at `path` (None: no file) and its own modules, spend cpu_s seconds of
    a processor, and little else."""
    _limit(cpu_s)
    if sys.platform == "linux":
        _linux(path)


def die_with_parent() -> None:
    """Linux: the process ends when the one that made it does. Elsewhere its time limit ends it."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)


def _limit(cpu_s: float) -> None:
    if resource is None:
        return
    limits = {
        "RLIMIT_CPU": int(cpu_s) + 1,
        "RLIMIT_CORE": 0,
        "RLIMIT_FSIZE": 0,
        "RLIMIT_NOFILE": OPEN_FILES,
        "RLIMIT_NPROC": 0,
    }
    used = _address_space()
    if used:
        limits["RLIMIT_AS"] = used + MEMORY_BYTES
    for name, value in limits.items():
        number = getattr(resource, name, None)
        if number is not None:
            # A limit that the system does not know or does not allow is left as it is.
            with contextlib.suppress(OSError, ValueError):
                resource.setrlimit(number, (value, value + 1 if name == "RLIMIT_CPU" else value))


def _address_space() -> int:
    """Bytes of address space of this process; 0 where that is not known (macOS does not enforce a limit on it)."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def _linux(path: Path | None) -> None:
    """Landlock: no file but this one and the program's own can be opened, none written, no connection made. Older
    kernels do without."""
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None, use_errno=True)
        version = libc.syscall(LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1)
        if version < 1 or libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
            return
        rights = (1 << FILE_RIGHTS.get(version, 16)) - 1
        # Binding and connecting over TCP (from 4 on); abstract sockets and signals to others (from 6 on).
        fields = (rights, 3, 3)[: 3 if version >= 6 else 2 if version >= 4 else 1]
        attributes = struct.pack(f"={len(fields)}Q", *fields)
        rules = libc.syscall(LANDLOCK_CREATE, attributes, ctypes.c_size_t(len(attributes)), 0)
        if rules < 0:
            return
        try:
            if path is not None:
                _allow(libc, rules, path, READ_FILE)
            for folder in filter(os.path.isdir, sys.path):  # a module may be imported late
                _allow(libc, rules, folder, READ_FILE | READ_FOLDER)
            libc.syscall(LANDLOCK_RESTRICT, rules, 0)
        finally:
            os.close(rules)


def _allow(libc: Any, rules: int, path: str | Path, rights: int) -> None:
    place = os.open(path, getattr(os, "O_PATH", os.O_RDONLY))
    try:
        libc.syscall(LANDLOCK_ADD, rules, 1, struct.pack("=Qi", rights, place), 0)
    finally:
        os.close(place)


def hold_memory(process_handle: int, extra_bytes: int = MEMORY_BYTES) -> Any:
    """Windows: puts a process into a job that ends with this one and may not take more memory. Returns the job's
    handle, which must be kept as long as the process; None elsewhere, and where Windows declines.
    """
    if sys.platform != "win32":
        return None
    with contextlib.suppress(OSError, AttributeError):
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.CreateJobObjectW.restype = ctypes.c_void_p
        job = kernel.CreateJobObjectW(None, None)
        # JOBOBJECT_EXTENDED_LIMIT_INFORMATION of 64-bit Windows: flags at 16, process memory at 112, 144 bytes in all.
        limits = bytearray(144)
        struct.pack_into("=I", limits, 16, 0x2000 | 0x100)  # end with the job's last handle; memory of a process
        struct.pack_into("=Q", limits, 112, (512 << 20) + extra_bytes)
        buffer = (ctypes.c_char * 144).from_buffer(limits)
        done = kernel.SetInformationJobObject(ctypes.c_void_p(job), 9, buffer, 144)
        if done and kernel.AssignProcessToJobObject(ctypes.c_void_p(job), ctypes.c_void_p(process_handle)):
            return job
    return None
