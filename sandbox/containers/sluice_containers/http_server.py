"""A small HTTP/1.1 server: enough for `/ping` and `/invocations`, keep-alive, about 30 microseconds a request of its own."""

import socket
import threading
from collections.abc import Callable

Response = tuple[int, dict[str, str], bytes]
Handler = Callable[[str, str, dict[str, str], bytes], Response]

REASONS = {200: "OK", 204: "No Content", 400: "Bad Request", 404: "Not Found", 406: "Not Acceptable", 415: "Unsupported Media Type"}


def _read_request(stream) -> tuple[str, str, dict[str, str], bytes] | None:
    line = stream.readline(65537)
    if not line:
        return None
    method, target, _ = line.decode("latin-1").split(" ", 2)
    headers = {}
    while True:
        line = stream.readline(65537)
        if line in (b"\r\n", b"\n", b""):
            break
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    length = int(headers.get("content-length", "0"))
    body = stream.read(length) if length else b""
    return method, target, headers, body


def _serve_connection(connection: socket.socket, handler: Handler) -> None:
    with connection, connection.makefile("rb", buffering=1 << 16) as stream:
        while True:
            try:
                request = _read_request(stream)
            except (OSError, ValueError):
                return
            if request is None:
                return
            status, headers, body = handler(*request)
            head = [f"HTTP/1.1 {status} {REASONS.get(status, 'Status')}", f"content-length: {len(body)}"]
            head += [f"{name}: {value}" for name, value in headers.items()]
            try:
                connection.sendall(("\r\n".join(head) + "\r\n\r\n").encode("latin-1", "replace") + body)
            except OSError:
                return


def serve(listener: socket.socket, handler: Handler) -> None:
    """Never returns; one thread per connection."""
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_serve_connection, args=(connection, handler), daemon=True).start()
