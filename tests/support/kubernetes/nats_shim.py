"""Stands in for the command ``nats request --raw --timeout TIME SUBJECT BODY``, in the protocol of the real servers.

https://docs.nats.io/reference/reference-protocols/nats-protocol
"""

import json
import os
import socket
import ssl
import sys
from urllib.parse import urlsplit


def main(arguments: list[str]) -> int:
    assert arguments[:3] == ["request", "--raw", "--timeout"], arguments
    seconds, subject, body = float(arguments[3].rstrip("s")), arguments[4], arguments[5].encode()
    assert b"{{" not in body, "the command line would read this as a template"
    url = urlsplit(os.environ["NATS_URL"])
    plain = socket.create_connection((url.hostname, url.port), timeout=seconds)
    plain.recv(65536)
    connection = plain
    if url.scheme == "tls":
        trusted = ssl.create_default_context(cafile=os.environ["NATS_CA"])
        connection = trusted.wrap_socket(plain, server_hostname=url.hostname)
    login = {"user": os.environ["NATS_USER"], "pass": os.environ["NATS_PASSWORD"], "verbose": False, "pedantic": False}
    reply = f"_INBOX.{os.getpid()}"
    lines = [f"CONNECT {json.dumps(login)}", f"SUB {reply} 1", f"PUB {subject} {reply} {len(body)}"]
    connection.sendall("".join(f"{line}\r\n" for line in lines).encode() + body + b"\r\n")
    received = b""
    while True:
        received += connection.recv(65536)
        if b"-ERR" in received[:64]:
            sys.stderr.write(received.decode())
            return 1
        head, separator, rest = received.partition(b"\r\n")
        if separator and head.startswith((b"PING", b"INFO", b"PONG")):
            received = rest
        elif separator and head.startswith(b"MSG "):
            size = int(head.split()[-1])
            if len(rest) >= size + 2:
                sys.stdout.write(rest[:size].decode())
                return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
