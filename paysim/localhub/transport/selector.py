"""An event loop's selector whose time-outs are kept to the microsecond, so that a held acknowledgement is exact.

epoll counts in whole milliseconds. An epoll descriptor can itself be waited for, and select() counts in
microseconds. Where there is no epoll, the system's own selector is taken.
"""

import select
import selectors
import sys

if sys.platform == "linux":

    class PreciseSelector(selectors.EpollSelector):
        """An epoll that waits with select()."""

        def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
            if timeout is not None and timeout > 0:
                select.select([self.fileno()], [], [], timeout)
                timeout = 0
            return super().select(timeout)

else:
    PreciseSelector = selectors.DefaultSelector
