"""What the package raises. Logging calls raise none of these: tracing never breaks the traced program."""


class OpikException(Exception):
    """All of them."""


class ConfigurationError(OpikException):
    """configure(): a setting is missing or does not work."""


class ConfigMismatch(OpikException):
    pass


class ConfigNotFound(OpikException):
    pass


class ApiError(OpikException):
    """The server refused a request that reads or deletes."""

    def __init__(self, status_code: int, body: object) -> None:
        super().__init__(f"the server answered {status_code}: {body}")
        self.status_code = status_code
        self.body = body


class SearchTimeoutError(OpikException):
    """search_traces, search_spans: wait_for_at_least was not reached within wait_for_timeout."""


class UnsupportedError(OpikException, NotImplementedError):
    """A part of Opik's SDK that this package does not have. The official SDK has it, and works against opikd too."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"opik_cpp does not have {what}: it is the tracing side of Opik's SDK. "
            f"The official SDK has it (pip install opik, in an environment of its own), and works against the same server."
        )
