"""Which values have an effect: those that a template of the chart depends on."""

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.trees import expressions

if TYPE_CHECKING:
    from quantacirc_cdk.helm.derive import Template

_PATH = re.compile(r"\.Values\.([A-Za-z0-9_.]+)")


def used(parameters: Sequence[Parameter], templates: Iterable["Template"]) -> list[Parameter]:
    """Return the parameters without those that are left out because no template depends on them (``if_used``)."""
    found: set[str] = set()
    for template in templates:
        found.update(each.helm for each in (*template.conditions, *expressions(template.node)))
    paths = {path for text in found for path in _PATH.findall(text)}
    return [each for each in parameters if not each.if_used or each.path in paths]
