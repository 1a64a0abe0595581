"""For the Python processes of a real run: which installed packages have plug-ins is read once in each.

gevent asks it 25 times while it patches, and reads the metadata of all installed packages each time. That took a tenth
of a second of each start, of which the tests have some hundreds.
"""

import importlib.metadata
from functools import cache
from typing import Any

_all = cache(importlib.metadata.entry_points)


def _chosen(**which: Any) -> importlib.metadata.EntryPoints:
    return _all().select(**which)  # type: ignore[return-value]


importlib.metadata.entry_points = _chosen  # type: ignore[assignment]
