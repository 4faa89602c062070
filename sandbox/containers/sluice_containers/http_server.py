"""
A small HTTP/1.1 server: enough for `/ping` and `/invocations`, keep-alive, about 30 microseconds a request of its own.

One thread serves all connections, as the image's worker handles one request at a time anyway: with a thread a connection, half of a
busy container's time went into passing Python's lock from thread to thread.
"""

import selectors
import socket
from collections.abc import Callable

Response = tuple[int, dict[str, str], bytes]
Handler = Callable[[str, str, dict[str, str], bytes], Response]

REASONS = {200: "OK", 204: "No Content", 400: "Bad Request", 404: "Not Found", 406: "Not Acceptable", 415: "Unsupported Media Type"}
CHUNK_BYTES = 1 << 16


class Connection:
    """What came over one socket and was not answered yet."""

    def __init__(self, socket_: socket.socket) -> None:
        self.socket = socket_
        self.received = bytearray()
        # Method, target, headers and length of the body of a request whose head is complete.
        self.head: tuple[str, str, dict[str, str], int] | None = None

    def read_head(self) -> tuple[str, str, dict[str, str], int] | None:
        end = self.received.find(b"\r\n\r\n")
        if end == -1:
            return None
        first, *lines = self.received[:end].decode("latin-1").split("\r\n")
        del self.received[: end + 4]
        method, target, _ = first.split(" ", 2)
        fields = (line.partition(":") for line in lines)
        headers = {name.strip().lower(): value.strip() for name, _, value in fields}
        return method, target, headers, int(headers.get("content-length", "0"))

    def next_request(self) -> tuple[str, str, dict[str, str], bytes] | None:
        """The first request that is complete, if there is one."""
        self.head = self.head or self.read_head()
        if self.head is None or len(self.received) < self.head[3]:
            return None
        method, target, headers, length = self.head
        body = bytes(self.received[:length])
        del self.received[:length]
        self.head = None
        return method, target, headers, body

    def serve(self, handler: Handler) -> bool:
        """Takes what has arrived and answers what is complete; whether the connection goes on."""
        try:
            chunk = self.socket.recv(CHUNK_BYTES)
            self.received += chunk
            while (request := self.next_request()) is not None:
                self.socket.sendall(_encode(handler(*request)))
        except (OSError, ValueError):
            return False
        return chunk != b""


def _encode(response: Response) -> bytes:
    status, headers, body = response
    head = [f"HTTP/1.1 {status} {REASONS.get(status, 'Status')}", f"content-length: {len(body)}"]
    head += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(head) + "\r\n\r\n").encode("latin-1", "replace") + body


def serve(listener: socket.socket, handler: Handler) -> None:
    """Never returns. A connection is read only when something has arrived, so that an idle one holds up no other."""
    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is listener:
                    accepted, _ = listener.accept()
                    selector.register(accepted, selectors.EVENT_READ, Connection(accepted))
                elif not key.data.serve(handler):
                    selector.unregister(key.fileobj)
                    key.data.socket.close()
