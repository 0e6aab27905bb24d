"""Forked children. The native SDK starts anew in them by itself; what it cannot know is that a child of multiprocessing ends by _exit(), past
every exit handler, so what it logged is delivered by multiprocessing's own finalizers."""
import os
import sys

from opik_cpp import _native


class _Child:
    """multiprocessing holds it weakly, and calls `prepare` in each child that it makes."""

    @staticmethod
    def prepare(_: object) -> None:
        from multiprocessing import util

        # Below every finalizer of the program's own, which may still log.
        util.Finalize(None, _native.shutdown_all, exitpriority=-1000)


_child = _Child()


def _in_child() -> None:
    util = sys.modules.get("multiprocessing.util")
    if util is not None:
        util.register_after_fork(_child, _Child.prepare)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)

_process = sys.modules.get("multiprocessing.process")
if _process is not None and _process.parent_process() is not None:  # imported in such a child
    _Child.prepare(_child)
