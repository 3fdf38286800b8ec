"""Serve AWS on loopback until killed: ``python -m aws.emulator.server PORT``.

``PUT /_lost/REGION`` loses a region: each later request to it is refused, and ``GET /_lost`` tells how many were.
"""

import re
import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import run_simple

EXTENSIONS = ("budgets", "ec2", "eks", "rds", "s3", "secretsmanager", "ssm")


_SCOPE = re.compile(r"Credential=[^/]+/[0-9]+/([a-z0-9-]+)/")
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


def with_losses(application: Application) -> Application:
    """Return the application with regions that can be lost."""
    lost: set[str] = set()
    refused: list[str] = []

    def answer(environment: dict[str, Any], start: Any) -> Iterable[bytes]:
        path = environment["PATH_INFO"]
        if path.startswith("/_lost"):
            if environment["REQUEST_METHOD"] == "PUT":
                lost.add(path.rpartition("/")[2])
            start("200 OK", [("Content-Type", "text/plain")])
            return [str(len(refused)).encode()]
        found = _SCOPE.search(environment.get("HTTP_AUTHORIZATION", ""))
        if found and found[1] in lost:
            refused.append(path)
            start("403 Forbidden", [("Content-Type", "text/plain")])
            return [b"the region is lost"]
        return application(environment, start)

    return answer


def main() -> None:
    for extension in EXTENSIONS:
        import_module(f"aws.emulator.{extension}").install()
    application = DomainDispatcherApplication(create_backend_app)
    run_simple(
        "127.0.0.1", int(sys.argv[1]), with_losses(application), threaded=True, request_handler=MotoRequestHandler
    )


if __name__ == "__main__":
    main()
