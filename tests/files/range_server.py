"""A web server for tests and for looking: parts of files, with the failures that real ones have.

By hand: python tests/files/range_server.py FOLDER PORT
"""

from __future__ import annotations

import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class RangeServer(ThreadingHTTPServer):
    """Serves `folder`. ranges: whether parts are sent; cuts: how many answers are cut off half way; wait_s: before
    each answer; named: whether an ETag is sent; gets: paths and ranges asked for."""

    daemon_threads = True

    def __init__(self, folder: Path, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.folder = folder
        self.ranges, self.cuts, self.wait_s, self.named, self.status = True, 0, 0.0, True, 0
        self.gets: list[tuple[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.strict = True
        self.lock = threading.Lock()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> RangeServer:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: RangeServer

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def do_GET(self) -> None:
        self.answer(body=True)

    def answer(self, body: bool) -> None:
        server, wanted = self.server, self.headers.get("Range", "")
        with server.lock:
            server.headers.append(dict(self.headers))
            if body:
                server.gets.append((self.path, wanted))
        time.sleep(server.wait_s)
        path = server.folder / self.path.partition("?")[0].lstrip("/")
        if server.status or not path.is_file():
            self.refuse(server.status or 404)
            return
        state = path.stat()
        tag = f'"{state.st_mtime_ns:x}-{state.st_size:x}"'
        if server.strict and self.headers.get("If-Match") not in (None, tag):
            self.refuse(412)
            return
        begin, end, part = 0, state.st_size, False
        if wanted and server.ranges:
            low, _, high = wanted.removeprefix("bytes=").partition("-")
            begin, end, part = int(low), min(int(high) + 1 if high else state.st_size, state.st_size), True
        self.send_response(206 if part else 200)
        self.send_header("Content-Length", str(end - begin))
        if part:
            self.send_header("Content-Range", f"bytes {begin}-{end - 1}/{state.st_size}")
        if server.named:
            self.send_header("ETag", tag)
        self.end_headers()
        if body:
            self.send_body(path, begin, end)

    def send_body(self, path: Path, begin: int, end: int) -> None:
        with path.open("rb") as handle:
            handle.seek(begin)
            data = handle.read(end - begin)
        with self.server.lock:
            cut = self.server.cuts > 0
            self.server.cuts -= cut
        try:
            self.wfile.write(data[: len(data) // 2] if cut else data)
            if cut:
                self.close_connection = True
        except OSError:
            pass  # whoever asked has gone

    def refuse(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


if __name__ == "__main__":
    RangeServer(Path(sys.argv[1]), int(sys.argv[2])).serve_forever()
