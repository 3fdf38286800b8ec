"""Features of the constructs on each cloud: the table in ``docs/terraform-parity.md``, with verifiable cells.

A cell names the argument that implements a feature in a synthesized stack, or gives the reason why there is none.
"""

from quantacirc_cdk.terraform.parity.cell import Cell, proved, read_cell
from quantacirc_cdk.terraform.parity.feature import CLOUDS, Feature
from quantacirc_cdk.terraform.parity.table import FEATURES, markdown

__all__ = ["CLOUDS", "FEATURES", "Cell", "Feature", "markdown", "proved", "read_cell"]
