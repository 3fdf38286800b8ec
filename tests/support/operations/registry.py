"""A container registry that knows names and tags, and may want a token or a password first."""

import threading
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Registry:
    """Answers ``HEAD /v2/<name>/manifests/<tag>`` on the loopback address."""

    def __init__(self, images: Mapping[str, Sequence[str]], *, token: str = "", password: str = "") -> None:
        self.images = images
        self.token = token
        self.password = password
        self.asked: list[tuple[str, str]] = []

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self) -> "Registry":
        registry = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None:
                pass

            def do_GET(self) -> None:
                registry.asked.append((self.path, self.headers.get("Authorization", "")))
                body = b'{"token": "%s"}' % registry.token.encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_HEAD(self) -> None:
                given = self.headers.get("Authorization", "")
                registry.asked.append((self.path, given))
                _, _, name, _, tag = self.path.split("/")
                status = 200 if tag in registry.images.get(name, ()) else 404
                wanted = f"Bearer {registry.token}" if registry.token else registry.password
                if wanted and given != wanted:
                    status = 401
                self.send_response(status)
                if status == 401 and registry.token:
                    challenge = f'Bearer realm="http://{registry.host}/token",service="bakery"'
                    self.send_header("WWW-Authenticate", challenge)
                self.end_headers()

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
