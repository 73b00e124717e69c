"""Whether there is a screen, asked before Qt is: without one Qt ends the program with a core dump and wrong advice."""

from __future__ import annotations

import os
import re
import socket
import sys
from collections.abc import Mapping

from orbitviz.core.errors import CannotDrawError

_HINT = "draw without one by `orbitviz render FILE -o picture.png`, or start it where a screen is"


def check_screen(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> None:
    """Raises CannotDrawError where no display is named or the named one of this machine does not answer.

    Only Linux is asked, and only what is sure: another platform plugin, Wayland and displays of other machines are
    left to Qt.
    """
    if platform != "linux" or environment.get("QT_QPA_PLATFORM") or environment.get("WAYLAND_DISPLAY"):
        return
    display = environment.get("DISPLAY", "")
    if not display:
        raise CannotDrawError("a window needs a screen, DISPLAY and WAYLAND_DISPLAY are empty", _HINT)
    local = re.fullmatch(r"(?:unix)?:(\d+)(?:\.\d+)?", display)
    if local and not _answers(f"/tmp/.X11-unix/X{local.group(1)}"):
        raise CannotDrawError(f"a window needs a screen, the display '{display}' does not answer", _HINT)


def _answers(path: str) -> bool:
    """Whether an X server listens at the socket, by its file or by the abstract name of the same text."""
    for address in (path, f"\0{path}"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(2.0)
            try:
                probe.connect(address)
            except OSError:
                continue
            return True
    return False
