"""For all tests: no gevent patching of the test process, and no way out of this machine."""

import os

# Importing locust patches sockets and threads for gevent. Load tests run in processes of their own, which are patched;
# the SDK, the hub and the tests in this one are not.
os.environ["LOCUST_SKIP_MONKEY_PATCH"] = "1"
import locust  # noqa: F401

del os.environ["LOCUST_SKIP_MONKEY_PATCH"]
# A developer's own namespace is never a test's target.
os.environ["EVENTHUB_CONNECTION_STRING"] = ""
