"""The construct that both sides build on."""

from typing import TYPE_CHECKING

import quantacirc_cdk.startup  # noqa: F401 - before jsii

# isort: split
import constructs

from quantacirc_cdk.plain import stays_plain

if TYPE_CHECKING:
    Construct = constructs.Construct
else:

    class Construct(constructs.Construct):
        """A construct of the engine; below a ``Plain`` root, it exists only in Python."""

        def __init__(self, scope, id):
            if not stays_plain(self, scope, id):
                super().__init__(scope, id)
