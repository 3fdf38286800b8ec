"""Serve AWS on loopback until killed: ``python -m aws.emulator.server PORT``."""

import sys
from importlib import import_module

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import run_simple

EXTENSIONS = ("ec2", "eks", "rds", "s3", "secretsmanager", "ssm")


def main() -> None:
    for extension in EXTENSIONS:
        import_module(f"aws.emulator.{extension}").install()
    application = DomainDispatcherApplication(create_backend_app)
    run_simple("127.0.0.1", int(sys.argv[1]), application, threaded=True, request_handler=MotoRequestHandler)


if __name__ == "__main__":
    main()
