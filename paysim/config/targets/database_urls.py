"""URLs of databases and of storage accounts, read strictly: which machine they lead to decides what may be reached.

A driver takes hosts from more places than a URL's own (`?host=`, `service=`, the environment). What could lead
elsewhere than it says is an error here. No error text holds a value.
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from . import connection_strings
from .target import Target

DRIVERS: Final = {
    "postgresql": "psycopg",
    "mssql": "pyodbc",
    "mysql": "pymysql",
    "sqlite": "",
}
"""Kind of database → the driver that is used where the URL names none."""
FORM: Final = "KIND://…@HOST:PORT/DATABASE, KIND being " + ", ".join(DRIVERS)
_QUERY: Final = frozenset(
    {
        "sslmode", "sslrootcert", "sslcert", "sslkey", "channel_binding", "application_name", "connect_timeout",
        "charset", "ssl_ca", "driver", "encrypt", "trustservercertificate", "authentication",
    }
)  # fmt: skip
"""What may stand after the question mark: nothing that leads to another host."""


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """Where a database is. host: None where it is on this machine without one: a file, a socket."""

    kind: str
    driver: str
    host: str | None
    port: int | None
    database: str

    @property
    def target(self) -> Target | None:
        """As `allowed_targets` is asked for it; None where it is on this machine."""
        return None if self.host is None else Target(self.host, self.database or "-", self.port)

    @property
    def place(self) -> str:
        """In words, without a secret."""
        return f"{self.kind} {self.host}/{self.database}" if self.host else f"{self.kind} {self.database}"


def parse(text: str) -> DatabaseUrl:
    """Read a URL as SQLAlchemy takes them. Raises ValueError, with a text that holds no value."""
    scheme, found, rest = text.partition("://")
    kind, _, driver = scheme.partition("+")
    if not found or kind not in DRIVERS:
        raise ValueError(f"is no URL of a database; needed: {FORM}")
    if not re.fullmatch(r"[a-z0-9_]*", driver):
        raise ValueError("names a driver that none is called; needed: KIND or KIND+DRIVER before ://")
    if kind == "sqlite":
        path = rest.partition("?")[0].removeprefix("/")
        if not rest.startswith("/") or not path or "?" in rest or ":memory:" in rest:
            raise ValueError("must be sqlite:///PATH, the path of a file and nothing after it")
        return DatabaseUrl(kind, driver, None, None, path)
    try:
        parts = urlsplit(text)
        host_text = parts.netloc.rpartition("@")[2]
        for name, value in parse_qsl(parts.query, keep_blank_values=True):
            if name.lower() == "host" and value.startswith("/"):
                continue
            if name.lower() not in _QUERY:
                raise ValueError(f"has something after ? that is not taken; allowed: {', '.join(sorted(_QUERY))}")
        if not host_text:
            if kind == "postgresql" and any(name == "host" for name, _ in parse_qsl(parts.query)):
                return DatabaseUrl(kind, driver, None, None, unquote(parts.path.removeprefix("/")))
            raise ValueError("names no host")
        if any(name.lower() == "host" for name, _ in parse_qsl(parts.query)):
            raise ValueError("names a host twice: before the / and after the ?")
        host, port = connection_strings.host_and_port(host_text)
    except ValueError as error:
        raise ValueError(str(error)) from None
    return DatabaseUrl(kind, driver, host, port, unquote(parts.path.removeprefix("/")))


@dataclass(frozen=True, slots=True)
class StorageAccount:
    """A blob service. identity: whether it is signed in to with one."""

    host: str
    port: int | None
    identity: bool


_BLOB_KEYS = {
    name.lower(): name
    for name in (
        "DefaultEndpointsProtocol", "AccountName", "AccountKey", "SharedAccessSignature", "EndpointSuffix",
        "BlobEndpoint", "UseDevelopmentStorage", "QueueEndpoint", "TableEndpoint", "FileEndpoint",
    )
}  # fmt: skip


def storage_account(text: str) -> StorageAccount:
    """Of a connection string of a storage account, or of its blob service's URL. Raises ValueError without a value."""
    if re.match(r"https?://", text):
        parts = urlsplit(text)
        if parts.query or "@" in parts.netloc:
            raise ValueError(
                "must be https://ACCOUNT.blob.core.windows.net and nothing after it, or a connection string"
            )
        host, port = connection_strings.host_and_port(parts.netloc)
        return StorageAccount(host, port, identity=True)
    values: dict[str, str] = {}
    for part in text.strip().strip(";").split(";"):
        name, _, value = part.partition("=")
        known = _BLOB_KEYS.get(name.strip().lower())
        if known is None or known in values or not value:
            raise ValueError(
                "is neither the URL of a blob service nor a connection string; needed: "
                "DefaultEndpointsProtocol=https;AccountName=…;AccountKey=…;EndpointSuffix=core.windows.net"
            )
        values[known] = value.strip()
    if values.get("UseDevelopmentStorage") == "true":
        return StorageAccount("127.0.0.1", 10000, identity=False)
    if (endpoint := values.get("BlobEndpoint")) is not None:
        host, port = connection_strings.host_and_port(urlsplit(endpoint).netloc)
    elif "AccountName" in values:
        suffix = values.get("EndpointSuffix", "core.windows.net")
        host, port = connection_strings.host_and_port(f"{values['AccountName']}.blob.{suffix}")
    else:
        raise ValueError("names no AccountName and no BlobEndpoint")
    return StorageAccount(host, port, identity=False)
