"""Set up, run and test a checkout with nothing but Python: `python3 packaging/setup/setup.py VERB [ARGUMENTS]`.

`make VERB` calls this; on Windows call it directly (`py -3 packaging\\setup\\setup.py run`). It makes a virtual
environment in .venv, installs the system libraries it may install, and builds the scenario files. A second run finds
all that done and needs no network. Only the standard library, and only syntax that a Python older than OLDEST can read
too, as it is the one that looks for a newer one.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import system

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if sys.platform == "win32" else "bin")
PYTHON = BIN / ("python.exe" if sys.platform == "win32" else "python")
STAMP = VENV / ".setup-stamp"
OLDEST = (3, 11)
DEFAULT = "starmind-1m"

# A scenario file is made again when its recipe or what builds it is newer.
BUILDERS = ["orbitviz/sim/constellation.py", "orbitviz/sim/links.py", "orbitviz/files/schema.py"]
BUILDERS += ["orbitviz/files/fleet_file.py", "orbitviz/files/scenario_file.py"]


def fail(text: str) -> None:
    system.say(text)
    raise SystemExit(1)


def new_enough(python: str) -> bool:
    test = f"import sys; sys.exit(sys.version_info < {OLDEST!r})"
    try:
        return subprocess.run([python, "-c", test], stderr=subprocess.DEVNULL, check=False).returncode == 0
    except OSError:
        return False


def find_python() -> str:
    """A Python of at least OLDEST: this one, else one on the path, else one from apt."""
    if sys.version_info >= OLDEST:
        return sys.executable
    names = [f"python3.{minor}" for minor in (13, 12, 11, 14)] + ["python3", "python"]
    for name in names:
        found = shutil.which(name)
        if found and new_enough(found):
            return found
    if shutil.which("apt-get") and system.apt_install(["python3.11", "python3.11-venv"]):
        return shutil.which("python3.11") or ""
    return ""


def environment_key() -> str:
    """What the virtual environment was made from."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8") + str(ROOT) + sys.platform
    return hashlib.sha256(text.encode()).hexdigest()


def make_environment() -> None:
    """.venv with the package, in place, and its tools; nothing to do when that was done for this pyproject.toml."""
    if PYTHON.exists() and STAMP.exists() and STAMP.read_text().strip() == environment_key():
        return
    if not PYTHON.exists() or not new_enough(str(PYTHON)):
        create_venv()
    system.say("Installing Python packages into .venv (about 1 GB; a few minutes the first time) ...")
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-e", ".[dev]"]
    if subprocess.run(command, cwd=ROOT, check=False, stdin=subprocess.DEVNULL).returncode:
        fail("pip could not install the packages: the network must be reachable for the first set-up; run it again.")
    STAMP.write_text(environment_key() + "\n")


def create_venv() -> None:
    """A fresh .venv; on Debian the venv module is a package of its own."""
    python = find_python()
    if not python:
        fail("Python 3.11 or newer must be installed, none was found; install it and run this again.")
    if not can_make_venv(python):
        version = subprocess.check_output([python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"])
        package = f"python{version.decode().strip()}-venv"
        if not (shutil.which("apt-get") and system.apt_install([package])):
            fail(f"Python's venv module must be installed; on Debian and Ubuntu: sudo apt-get install {package}")
    if subprocess.run([python, "-m", "venv", "--clear", str(VENV)], check=False).returncode:
        fail(f"the virtual environment could not be made in {VENV}")


def can_make_venv(python: str) -> bool:
    return (
        subprocess.run([python, "-c", "import venv, ensurepip"], stderr=subprocess.DEVNULL, check=False).returncode == 0
    )


def build_scenarios() -> None:
    """scenarios/NAME.h5 from NAME.toml where it is missing or older."""
    code = max((path.stat().st_mtime for path in map(ROOT.joinpath, BUILDERS) if path.exists()), default=0.0)
    for recipe in sorted((ROOT / "scenarios").glob("*.toml")):
        built = recipe.with_suffix(".h5")
        if built.exists() and built.stat().st_mtime >= max(recipe.stat().st_mtime, code):
            continue
        system.say(f"Building {built.relative_to(ROOT)} ...")
        if orbitviz("build", str(recipe), "-o", str(built), quiet=True):
            fail(f"{built.name} could not be built from {recipe.name}")


def orbitviz(*arguments: str, quiet: bool = False, **environment: str) -> int:
    """The program, from the virtual environment; returns its exit code."""
    command = [str(PYTHON), "-m", "orbitviz", *arguments]
    out = subprocess.DEVNULL if quiet else None
    return subprocess.run(command, cwd=ROOT, env=dict(os.environ, **environment), stdout=out, check=False).returncode


def setup() -> None:
    system.libraries()
    make_environment()
    build_scenarios()


# -- verbs ---------------------------------------------------------------------------------------------------------


def run(arguments: list[str]) -> int:
    """The application; without a screen a picture of the default scene, by EGL."""
    if system.has_display():
        return orbitviz(*arguments)
    picture = ROOT / "runs" / f"{DEFAULT}.png"
    picture.parent.mkdir(exist_ok=True)
    system.say("There is no screen (DISPLAY and WAYLAND_DISPLAY are empty): rendering the default scene to a picture.")
    code = orbitviz("render", DEFAULT, "-o", str(picture), *arguments, quiet=True, EGL_PLATFORM="surfaceless")
    if code == 0:
        print(f"The picture is in {picture}")
    return code


def record(arguments: list[str]) -> int:
    """Record the default scenario."""
    target = ROOT / "runs" / f"{DEFAULT}.h5"
    target.parent.mkdir(exist_ok=True)
    return orbitviz("record", DEFAULT, "-o", str(target), *arguments)


def bench(arguments: list[str]) -> int:
    """The table of ratios against named baselines."""
    if system.has_display():
        return orbitviz("bench", *arguments)
    return orbitviz("bench", *arguments, EGL_PLATFORM="surfaceless")


def tool(name: str, *arguments: str) -> list[str]:
    return [str(BIN / name), *arguments]


def lint_steps() -> list[tuple[str, list[str]]]:
    return [
        ("ruff check", tool("ruff", "check")),
        ("ruff format", tool("ruff", "format", "--check")),
        ("mypy", tool("mypy")),
        ("import-linter", tool("lint-imports")),
    ]


def test_steps(arguments: list[str]) -> list[tuple[str, list[str]]]:
    def pytest(marks: str, *more: str) -> list[str]:
        return [str(PYTHON), "-m", "pytest", "-q", "-m", f"({marks}) and not bench", *more, *arguments]

    # pytest-xvfb starts and ends its own Xvfb for the windows; the others must do without a screen.
    return [
        ("tests, plain", pytest("not gl and not gui", "--no-xvfb")),
        ("tests, OpenGL without a screen", pytest("gl and not gui", "--no-xvfb")),
        ("tests, windows", pytest("gui")),
    ]


def run_steps(steps: list[tuple[str, list[str]]]) -> int:
    """All steps, then which of them failed."""
    environment = dict(os.environ)
    if sys.platform.startswith("linux"):
        environment.setdefault("EGL_PLATFORM", "surfaceless")
    failed = []
    for title, command in steps:
        system.say(f"== {title}")
        if subprocess.run(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, check=False).returncode:
            failed.append(title)
    system.say("All passed." if not failed else f"Failed: {', '.join(failed)}")
    return 1 if failed else 0


def test(arguments: list[str]) -> int:
    return run_steps(lint_steps() + test_steps(arguments))


def lint(arguments: list[str]) -> int:
    return run_steps(lint_steps())


VERBS = {"setup": None, "run": run, "test": test, "lint": lint, "bench": bench, "record": record}


def main() -> int:
    verb = sys.argv[1] if len(sys.argv) > 1 else "setup"
    if verb not in VERBS:
        fail(f"the verb must be one of {', '.join(VERBS)}, got '{verb}'")
    setup()
    action = VERBS[verb]
    if action is None:
        print(f"orbitviz is set up. Start it with `make run`, or {BIN / 'orbitviz'}")
        return 0
    return action(sys.argv[2:])


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(1)
