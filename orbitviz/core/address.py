"""Addresses of files elsewhere (https://host/run.h5): which are taken, and how they are shown without their secrets."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from orbitviz.core.errors import OrbitvizError

SCHEMES = ("http", "https", "s3", "gs", "gcs", "az", "abfs", "memory")
"""What a file may be read over. No scheme leads to a file of this machine, and none wraps another."""
_ADDRESS = re.compile(r"^[A-Za-z][A-Za-z0-9+.\-:]*://")


def is_address(what: object) -> bool:
    """Whether a word names something elsewhere, or tries to: it has a scheme (C:\\run.h5 has none)."""
    return isinstance(what, str) and _ADDRESS.match(what.strip()) is not None


def check_address(address: str) -> str:
    """The address as it is read, without blanks round it; OrbitvizError when its scheme is none that is taken."""
    address = address.strip()
    scheme, _, rest = address.partition("://")
    if scheme.lower() not in SCHEMES or "::" in address.partition("?")[0].partition("/")[0]:
        raise OrbitvizError(
            f"an address must begin with one of {', '.join(f'{name}://' for name in SCHEMES[:-1])}, "
            f"got '{scheme[:40]}://'",
            "a file of this machine is named by its path alone",
        )
    if not rest.strip("/"):
        raise OrbitvizError(f"an address must name a file, got '{shown_address(address)}'", "add the file's path")
    return f"{scheme.lower()}://{rest}"


def shown_address(address: str) -> str:
    """The address without what may be secret: user, password, query and fragment. Never show, log or keep another."""
    scheme, _, rest = address.strip().partition("://")
    rest = re.split(r"[?#]", rest, maxsplit=1)[0]
    host, slash, path = rest.partition("/")
    return f"{scheme.lower()}://{host.rpartition('@')[2]}{slash}{path}"


def address_name(address: str) -> str:
    """The last part of the path: "run.h5" of https://host/a/run.h5; the host where there is no path."""
    shown = shown_address(address)
    return unquote(shown.rstrip("/").rpartition("/")[2]) or shown


def address_title(address: str) -> str:
    """ "host/run.h5": where a file is, and its name."""
    host = urlsplit(shown_address(address)).hostname or ""
    name = address_name(address)
    return f"{host}/{name}" if host and host != name else name


def member_address(folder: str, name: str) -> str:
    """The address of a file in a folder; a query (a token) is kept."""
    base, mark, query = folder.partition("?")
    return f"{base.rstrip('/')}/{name}{mark}{query}"
