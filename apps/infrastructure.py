"""The cloud infrastructure of every environment: a CDKTF app.

``cdktf synth``, ``cdktf diff prod-aws`` and ``cdktf deploy prod-aws`` run it through ``cdktf.json``;
``qcdk synth`` calls ``synthesize``.
"""

import sys
from pathlib import Path

from quantacirc_cdk.apps.infrastructure import main, synthesize

__all__ = ["synthesize"]

if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parents[1]))
