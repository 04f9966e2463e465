# SPDX-License-Identifier: MIT
"""Objects of libipu, which are destroyed once, and not while a call uses them."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class _State:
    """What a handle and its finalizer share."""

    def __init__(self, pointer: Any, destroy: Callable[[Any], None], parent: _State | None) -> None:
        self.pointer, self.destroy, self.parent = pointer, destroy, parent
        # The garbage collector may close another one in the middle of what this one does.
        self.lock = threading.RLock()
        self.users = 0  # calls, and children
        self.children: weakref.WeakSet[_State] = weakref.WeakSet()
        self.closed = False
        self.keep: list[Any] = []
        if parent:
            parent.enter()
            parent.children.add(self)

    def enter(self) -> None:
        with self.lock:
            if self.closed:
                raise ValueError("closed")
            self.users += 1

    def leave(self) -> None:
        with self.lock:
            self.users -= 1
            last = self.closed and not self.users
        if last:
            self._end()

    def close(self) -> None:
        with self.lock:
            if self.closed:
                return
            self.closed = True
            self.users += 1
        for child in list(self.children):
            child.close()
        self.leave()

    def _end(self) -> None:
        self.destroy(self.pointer)
        self.keep.clear()
        if self.parent:
            self.parent.leave()


class Handle:
    """A pointer that libipu gave, and the function that destroys what it points to.

    Closing it while another thread is in a call that uses it destroys it when that call
    returns. Those whose parent it is are closed, and destroyed, before it is. What nobody closes
    is closed by the garbage collector, or when the interpreter ends.
    """

    def __init__(self, what: str, pointer: Any, destroy: Callable[[Any], None],
                 parent: Handle | None = None) -> None:
        self._what = what
        self._state: _State = _State(pointer, destroy, parent._state if parent else None)
        self._finalizer = weakref.finalize(self, self._state.close)

    @property
    def closed(self) -> bool:
        """Whether it is closed."""
        return self._state.closed

    @property
    def keep(self) -> list[Any]:
        """Objects that must live as long as what the pointer points to."""
        return self._state.keep

    @contextmanager
    def use(self) -> Iterator[Any]:
        """The pointer, for the time of a call."""
        try:
            self._state.enter()
        except ValueError:
            raise ValueError(f"This {self._what} is closed.") from None
        try:
            yield self._state.pointer
        finally:
            self._state.leave()

    def close(self) -> None:
        """Destroy it, once no call uses it."""
        self._finalizer()
