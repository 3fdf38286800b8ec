"""What the constructs do on each cloud: the table in ``docs/terraform-parity.md``, every cell of it provable.

A cell names what proves it in a synthesized stack, or says why there is nothing to name.
"""

from quantacirc_cdk.terraform.parity.cell import Cell, proved, read_cell
from quantacirc_cdk.terraform.parity.feature import CLOUDS, Feature
from quantacirc_cdk.terraform.parity.table import FEATURES, markdown

__all__ = ["CLOUDS", "FEATURES", "Cell", "Feature", "markdown", "proved", "read_cell"]
