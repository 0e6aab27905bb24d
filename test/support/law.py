"""The law of merging as a program of its own, to hold the server against: what is kept for an id and what a reader sees of it.

Written from docs/merge.md and sharing nothing with src/model. A message is a Create (speaks for all fields) or an Update
(speaks for those that it carries); `stamp` is the client's last_updated_at in microseconds or None; `arrival` is when it
reached the server, greater for each message.
"""
import dataclasses
from typing import Optional


@dataclasses.dataclass
class Message:
    fields: dict
    arrival: int
    stamp: Optional[int] = None

    @property
    def order(self):
        return self.arrival if self.stamp is None else self.stamp


class Create(Message):
    pass


class Update(Message):
    pass


def is_later(a, b):
    """Whether message a was said after b. The clocks of two machines are not compared."""
    if a.stamp is not None and b.stamp is not None:
        return a.stamp > b.stamp
    return a.arrival > b.arrival


def view(messages):
    """What a reader sees after these messages, given in the order of arrival. Ties between different contents are not decided here:
    the caller avoids them."""
    first, base, cells = None, None, {}
    for message in messages:
        if isinstance(message, Create):
            if base and base.stamp is None and message.stamp is None and base.fields == message.fields:
                continue  # a retry
            first = message.order if first is None else min(first, message.order)
            if base is None or message.order > base.order:
                base = message
            elif message.order == base.order:
                assert message.fields == base.fields, "two creates with one stamp"
        else:
            for name, value in message.fields.items():
                kept = cells.get(name)
                if kept is None or message.order > kept.order:
                    cells[name] = message
                elif message.order == kept.order:
                    assert kept.fields[name] == value, "two updates of one field with one stamp"
    seen = dict(base.fields) if base else {}
    for name, cell in cells.items():
        if base is None or first == base.order or is_later(cell, base):
            seen[name] = cell.fields[name]
    return seen
