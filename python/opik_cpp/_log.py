"""Warnings of the package and of the native SDK, through the logger "opik", which writes "OPIK: …" to standard error unless the program
has given it a handler. `logging` is imported when there is something to say."""
import atexit
import os
import sys

from opik_cpp import _native

_LEVELS = (20, 30, 40)  # of the native side: info, warning, error
_logger = None


def _log(level: int, line: str) -> None:
    global _logger
    if _logger is None:
        import logging

        _logger = logging.getLogger("opik")
        if not _logger.handlers and not logging.getLogger().handlers:
            handler = logging.StreamHandler()
            handler.setFormatter(logging.Formatter("OPIK: %(message)s"))
            _logger.addHandler(handler)
            _logger.setLevel(getattr(logging, os.environ.get("OPIK_CONSOLE_LOGGING_LEVEL", "").upper(), logging.INFO))
    _logger.log(level, line)


def _from_native(level: int, line: str) -> None:
    _log(_LEVELS[level], line.replace("Calling Client.", "Calling Opik."))


def warn(line: str) -> None:
    try:
        _log(30, line)
    except Exception:  # a handler of the program, or the interpreter is at its end
        print(f"OPIK: {line}", file=sys.stderr)


_said: set = set()


def warn_once(line: str) -> None:
    if line not in _said:
        _said.add(line)
        warn(line)


def failed(doing: str, error: BaseException) -> None:
    """An error of our own, or of an object that was logged: told, not raised."""
    warn(f"{doing}: {type(error).__name__}: {error}")


_native.set_log_handler(_from_native)
# What the SDK says while the process ends can no longer go through Python.
atexit.register(_native.set_log_handler, None)
