"""For engines without probes of their own: exit 0 when the process in this container is ready."""

import os
import sys
import urllib.error
import urllib.request


def main() -> int:
    """Ask ``/readyz``."""
    port = os.environ.get("QUANTACIRC_HTTP_PORT", "8080")
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=3) as answer:
            return int(answer.status != 200)
    except (OSError, urllib.error.URLError):
        return 1


if __name__ == "__main__":
    sys.exit(main())
