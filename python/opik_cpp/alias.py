"""Runs a program that says `import opik` on this package, unchanged.

    python -m opik_cpp.alias program.py [arguments]
    python -m opik_cpp.alias -m package.module [arguments]

Or, in a program's first line: `import opik_cpp.alias; opik_cpp.alias.install()`. Processes that the program forks have it too; those that it
starts anew (multiprocessing's spawn) need that line.
"""
from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import runpy
import sys
from typing import Any, List, Optional

# Where the official package keeps what programs import from its modules.
_PLACES = {
    "opik.api_objects": "opik_cpp",
    "opik.api_objects.attachment": "opik_cpp.attachment",
    "opik.decorator": "opik_cpp",
    "opik.decorator.context_manager": "opik_cpp._scopes",
}


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Optional[importlib.machinery.ModuleSpec]:
        if name != "opik" and not name.startswith("opik."):
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> Any:
        ours = _PLACES.get(spec.name, "opik_cpp" + spec.name[len("opik") :])
        if importlib.util.find_spec(ours) is None:
            from opik_cpp.exceptions import UnsupportedError

            raise UnsupportedError(f"the module {spec.name}")
        module = importlib.import_module(ours)
        self._kept = module.__spec__, module.__loader__
        return module

    def exec_module(self, module: Any) -> None:
        # The module is ours and was run already; the import system has just written the alias's spec over its own.
        module.__spec__, module.__loader__ = self._kept


def install() -> None:
    """From now on `import opik` gives opik_cpp. An official package that is imported already stays."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


def main(arguments: List[str]) -> None:
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__)
        sys.exit(0 if arguments else 2)
    install()
    if arguments[0] == "-m" and len(arguments) > 1:
        sys.argv = arguments[1:]
        sys.path.insert(0, "")
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
        return
    import os

    sys.argv = arguments
    sys.path.insert(0, os.path.dirname(os.path.abspath(arguments[0])))
    runpy.run_path(arguments[0], run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
