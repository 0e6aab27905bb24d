"""Files beside a trace or span."""
from __future__ import annotations

import os
from typing import Optional, Tuple, Union

_COPIED_BYTES_MAX = 32 << 20  # a larger file is not read at the call, but when it is uploaded


class Attachment:
    """`data` is the path of a file, bytes, or a base64 text. With create_temp_copy a file is read at the call, and may be gone after it."""

    __slots__ = ("data", "file_name", "content_type", "create_temp_copy")

    def __init__(
        self, data: Union[str, bytes], file_name: Optional[str] = None, content_type: Optional[str] = None, create_temp_copy: bool = True
    ) -> None:
        self.data = data
        self.file_name = file_name
        self.content_type = content_type
        self.create_temp_copy = create_temp_copy
        if file_name is None and isinstance(data, str) and os.path.isfile(data):
            self.file_name = os.path.basename(data)

    def _content(self) -> Tuple[Optional[str], Optional[bytes]]:
        """(path, bytes), one of them None."""
        if isinstance(self.data, (bytes, bytearray)):
            return None, bytes(self.data)
        if os.path.isfile(self.data):
            if not self.create_temp_copy or os.path.getsize(self.data) > _COPIED_BYTES_MAX:
                return os.path.abspath(self.data), None
            with open(self.data, "rb") as file:
                return None, file.read()
        import base64
        import binascii

        try:
            return None, base64.b64decode(self.data, validate=True)
        except (binascii.Error, ValueError):
            raise ValueError(f"neither a file nor base64: {self.data[:100]!r}") from None
