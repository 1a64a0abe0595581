"""Bytes and time: sockets, TLS, WebSockets. No meaning."""
