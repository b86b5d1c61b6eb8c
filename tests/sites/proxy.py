"""A proxy in front of a site, as a company has one: it puts the site below a folder of its own address."""

from __future__ import annotations

import re
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_NOT_HERE = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@contextmanager
def proxy(site: str, folder: str, *, strips: bool = False, renames: bool = False) -> Iterator[str]:
    """
    Pass on what is asked of `folder` to the site at this host and port, sockets too; give the proxy's own address.

    `strips`: the site is asked without the folder. `renames`: it is asked by its own host and port, and the name
    that the browser knows stands in `X-Forwarded-Host`, as it does where nobody has told the proxy otherwise.
    """

    class Passing(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with self.request as browser:
                head, body = _read_head(browser)
                line, _, headers = head.partition("\r\n")
                method, _, rest = line.partition(" ")
                if not rest.startswith(f"{folder}/"):
                    browser.sendall(_NOT_HERE)
                    return
                if strips:
                    rest = rest.removeprefix(folder)
                if renames:
                    headers = re.sub(
                        r"(?mi)^Host: (.*?)\r$", rf"Host: {site}\r\nX-Forwarded-Host: \1\r", headers
                    )
                # One request a connection, so that the next one passes here too.
                headers = re.sub(r"(?mi)^Connection: keep-alive\r$", "Connection: close\r", headers)
                host, _, port = site.partition(":")
                with socket.create_connection((host, int(port))) as server:
                    server.sendall(f"{method} {rest}\r\n{headers}".encode("latin-1") + body)
                    answering = threading.Thread(target=_pass_on, args=(browser, server))
                    answering.start()
                    _pass_on(server, browser)
                    answering.join()

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Passing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host, port = server.server_address[:2]
        try:
            yield f"{host!s}:{port}"
        finally:
            server.shutdown()


def _read_head(connection: socket.socket) -> tuple[str, bytes]:
    """Return the request up to its empty line, and what of its body came with it."""
    read = b""
    while b"\r\n\r\n" not in read and (more := connection.recv(65_536)):
        read += more
    head, end, body = read.partition(b"\r\n\r\n")
    return (head + end).decode("latin-1"), body


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    """Pass on what comes until no more does, and say so to the other end."""
    try:
        while data := source.recv(65_536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # Whoever has gone away takes nothing more.
