"""The Kubernetes manifests of QuantaCirc: a plain cdk8s app, run by ``cdk8s synth`` and by ``qcdk synth``."""

import sys
from pathlib import Path

from quantacirc_cdk.apps.workloads import main, synthesize

__all__ = ["synthesize"]

if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parents[1]))
