"""Is a monitoring server of this process, which answers each path as a test wants."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any


@contextmanager
def answering(answer: Callable[[str], Any]) -> Iterator[str]:
    """Serves the JSON of what `answer` gives for a path, and gives the address."""

    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(answer(self.path)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            return

    one = HTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=one.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{one.server_port}"
    finally:
        one.shutdown()
        one.server_close()
