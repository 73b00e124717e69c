"""The house rules: who may import whom, what importing costs, and the size and words of every file."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import orbitviz

PACKAGE = Path(orbitviz.__file__).parent
ROOT = PACKAGE.parent
SOURCES = sorted(PACKAGE.rglob("*.py"))
LONGEST_FILE = 500
LONGEST_BODY = 50


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def loaded_after(code: str) -> set[str]:
    """Top-level modules that a fresh interpreter has loaded after running `code`."""
    script = f"{code}\nimport sys\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    return set(done.stdout.split())


@pytest.mark.skipif(not (ROOT / "pyproject.toml").is_file(), reason="the contracts are in the checkout")
def test_rooms_import_one_way_only() -> None:
    script = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    assert " 0 broken" in done.stdout


def test_importing_the_package_is_cheap() -> None:
    heavy = {"PySide6", "vispy", "h5py", "numpy", "scipy", "heyoka", "sgp4"}
    assert not heavy & loaded_after("import orbitviz")


def test_the_python_interface_needs_no_window() -> None:
    assert not {"PySide6", "vispy", "pyqtgraph"} & loaded_after("import orbitviz; orbitviz.open; orbitviz.record")


def test_help_loads_nothing_heavy() -> None:
    code = "import orbitviz.__main__ as m\ntry:\n    m.main(['--help'])\nexcept SystemExit:\n    pass"
    assert not {"PySide6", "vispy", "h5py", "scipy", "heyoka", "sgp4"} & loaded_after(code)


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_file_is_explained_short_and_without_shader_text(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert ast.get_docstring(tree), "a module says what it is for"
    assert text.count("\n") <= LONGEST_FILE
    assert "void main" not in text, "shaders live in .vert, .frag and .glsl files"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert body_lines(node) <= LONGEST_BODY, f"{node.name} is too long"


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body without the docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_the_console_script_is_installed_and_works() -> None:
    script = shutil.which("orbitviz", path=str(Path(sys.executable).parent))
    assert script, "the entry point of pyproject.toml is beside the interpreter"
    done = subprocess.run([script, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"orbitviz {orbitviz.__version__}"


def test_no_scenario_file_is_committed() -> None:
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("not a checkout")
    done = subprocess.run(["git", "ls-files", "*.h5"], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout == ""
