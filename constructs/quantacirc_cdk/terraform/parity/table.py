"""The table of all features, as people read it."""

from collections.abc import Iterator

from quantacirc_cdk.terraform.parity import data, infrastructure
from quantacirc_cdk.terraform.parity.feature import CLOUDS, Feature

FEATURES: list[Feature] = [*infrastructure.FEATURES, *data.FEATURES]
"""Every feature, in the order in which the constructs are documented."""

_HEAD = """\
# What each cloud has

The same construct has the same properties and methods on every cloud, and does the same by the means of that cloud. A
cell names the resource and the argument that prove it in the stack of an environment with high availability and a
recovery region; `=` is the value, `~` a part of it. *Always* is what the cloud does by itself, and *no* what it cannot
do, or what is not done there, with the reason. Written from
[`terraform/parity`](../constructs/quantacirc_cdk/terraform/parity) by `tools/parity.py`; tests look each cell up.

A local environment has no cloud: there is nothing to apply, and asking for its stack is an error that says so.
"""


def markdown() -> str:
    """Return the document."""
    return "\n".join([_HEAD, *_sections()])


def _sections() -> Iterator[str]:
    for construct in dict.fromkeys(feature.construct for feature in FEATURES):
        yield f"## {construct}\n"
        yield f"| | {' | '.join(CLOUDS.values())} |"
        yield f"| --- |{' --- |' * len(CLOUDS)}"
        for feature in FEATURES:
            if feature.construct == construct:
                cells = " | ".join(feature.cells[cloud].shown for cloud in CLOUDS)
                yield f"| {feature.name} | {cells} |"
        yield ""
