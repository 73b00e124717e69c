"""Where the program begins: a verb goes to the command line; no verb, or files, to the window."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Sequence
from pathlib import Path

from orbitviz import cli, terminal
from orbitviz.core.address import is_address
from orbitviz.core.assets import scenarios_folder
from orbitviz.core.errors import OrbitvizError


def main(argv: Sequence[str] | None = None) -> int:
    """Runs `orbitviz ARGUMENTS`; returns the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if getattr(sys, "frozen", False):
        # In a packaged bundle the recorder's workers start this program again.
        from multiprocessing import freeze_support

        freeze_support()
        from orbitviz.files.vetting_server import serve

        # So does whoever looks at files from others.
        code = serve(arguments)
        if code is not None:
            return code
    first = arguments[0] if arguments else ""
    if first in cli.VERBS or first in ("-h", "--help", "--version"):
        return cli.main(arguments, {"bench": run_bench})
    if first and not first.startswith("-") and not _can_be_opened(first):
        return _unknown(first)
    from orbitviz.files import vetting

    vetting.start()  # its libraries load while this process loads Qt
    from orbitviz import app

    return app.main(arguments)


def _can_be_opened(word: str) -> bool:
    """Whether the word is a file or a preset, or looks like a file's name (the window then says that it is missing)."""
    if is_address(word) or Path(word).suffix or Path(word).exists() or Path(word).name != word:
        return True
    try:
        return (scenarios_folder() / f"{word}.toml").is_file()
    except OrbitvizError:
        return False


def _unknown(word: str) -> int:
    near = difflib.get_close_matches(word, cli.VERBS, n=1)
    hint = f"did you mean `orbitviz {near[0]}`?" if near else "`orbitviz --help` lists the verbs"
    print(f"orbitviz: '{word}' must be a verb, a preset or a file, it is none; {hint}", file=sys.stderr)
    return 2


def run_bench(arguments: argparse.Namespace) -> int:
    """`orbitviz bench`."""
    from orbitviz import bench

    results = bench.run(arguments.names, arguments.nodes)
    if arguments.json:
        return terminal.show(bench.as_json(results))
    print(bench.table(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
