"""``python -m quantacirc_cdk.cli`` is ``qcdk``."""

from quantacirc_cdk.cli.main import entry_point

entry_point()
