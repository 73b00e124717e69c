"""System libraries: what a machine must have beside Python for OpenGL and windows, and how it gets it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

# One entry a package; where distributions renamed it, the names in order of preference.
DEBIAN_PACKAGES = [
    "xvfb",
    "xauth",
    "libgl1",
    "libegl1",
    "libgl1-mesa-dri",
    "libxkbcommon-x11-0",
    "libxcb-cursor0",
    "libxcb-icccm4",
    "libxcb-keysyms1",
    "libxcb-image0",
    "libxcb-render-util0",
    "libxcb-shape0",
    "libxcb-xinerama0",
    "libdbus-1-3",
    "libfontconfig1",
    "libwayland-cursor0",
    "libglib2.0-0t64|libglib2.0-0",
]


def is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def missing_packages(wanted: list[str]) -> list[str]:
    """Those of the Debian packages that are not installed. Asks dpkg only: quick, and needs no network."""
    names = [name for entry in wanted for name in entry.split("|")]
    answer = subprocess.run(
        ["dpkg-query", "--show", "--showformat", "${Package} ${db:Status-Status}\n", *names],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    installed = {line.split()[0] for line in answer.stdout.decode().splitlines() if line.endswith(" installed")}
    return [entry for entry in wanted if not installed.intersection(entry.split("|"))]


def installable(entry: str) -> str:
    """The name of the package that this distribution has."""
    names = entry.split("|")
    for name in names:
        known = subprocess.run(
            ["apt-cache", "show", name], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False
        )
        if known.returncode == 0 and known.stdout:
            return name
    return names[-1]


def apt_install(wanted: list[str]) -> bool:
    """Install packages when root; else, or when it fails, say exactly what to run. True when all are there."""
    missing = missing_packages(wanted)
    if not missing:
        return True
    if not is_root():
        names = [installable(entry) for entry in missing]
        say(f"These system packages are missing; please run\n\n    sudo apt-get install {' '.join(names)}\n")
        return False
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    say("Installing system packages: " + " ".join(entry.split("|")[0] for entry in missing))
    subprocess.run(["apt-get", "update", "-qq"], env=environment, stdout=sys.stderr, check=False)
    names = [installable(entry) for entry in missing]
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=120", *names]
    if subprocess.run(command, env=environment, stdout=sys.stderr, check=False).returncode:
        say(f"apt-get could not install: {' '.join(names)}. Pictures and windows may fail until they are installed.")
        return False
    return True


def libraries() -> None:
    """OpenGL, EGL and the X libraries of Qt; says what differs where they cannot be installed from here."""
    if sys.platform.startswith("linux"):
        if shutil.which("apt-get") and shutil.which("dpkg-query"):
            apt_install(DEBIAN_PACKAGES)
        elif not shutil.which("Xvfb"):
            say(
                "This is not Debian or Ubuntu: install by your package manager Xvfb and xauth (for tests of windows),\n"
                "Mesa's libGL and libEGL with the software driver, libxkbcommon-x11, xcb-util-cursor,\n"
                "xcb-util-wm, xcb-util-keysyms, xcb-util-image, xcb-util-renderutil, dbus, fontconfig and glib."
            )
    elif sys.platform == "darwin":
        say("macOS: OpenGL comes with the system; recording uses the numpy engine (heyoka has no wheel for macOS).")
    elif sys.platform == "win32":
        say(
            "Windows: the graphics driver must offer OpenGL 2.1; recording uses the numpy engine (heyoka has no wheel)."
        )


def has_display() -> bool:
    """Whether a window can be opened."""
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
