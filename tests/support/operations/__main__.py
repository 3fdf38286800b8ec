"""A bakery and its cluster for tests that are no Python: ``python -m support.operations FOLDER`` until it is killed.

``FOLDER/environment`` has the variables to source. ``GET /test/slow/SECONDS`` lets new pods take so long, ``GET
/test/break/STATUS/METHOD`` breaks requests, ``GET /test/mend`` mends them.
"""

import shlex
import sys
import threading
from pathlib import Path

from cluster.server import Cluster
from support.operations.bakery import Bakery


def main(folder: Path) -> None:
    with Cluster().running() as cluster:
        bakery = Bakery(folder, cluster).set_up()
        bakery.scripts()
        lines = [f"export {name}={shlex.quote(value)}\n" for name, value in bakery.environment.items()]
        (folder / "environment.new").write_text("".join(lines))
        (folder / "environment.new").rename(folder / "environment")
        threading.Event().wait()


main(Path(sys.argv[1]))
