"""The table of all features, in Markdown."""

from collections.abc import Iterator

from quantacirc_cdk.terraform.parity import data, infrastructure
from quantacirc_cdk.terraform.parity.feature import CLOUDS, Feature

FEATURES: list[Feature] = [*infrastructure.FEATURES, *data.FEATURES]
"""Every feature, in the order in which the constructs are documented."""

_HEAD = """\
# Cloud comparison

A construct has the same properties, methods and behaviour on every cloud. This table lists its features on each
cloud. A cell names the resource and the argument that implement the feature in the stack of an environment with high
availability and a recovery region; `=` is followed by the value, and `~` by a part of it. *always* means that the
cloud does it without an argument, and *no* that the cloud cannot do it, or that the construct does not, with the
reason. `tools/parity.py` generates this page from
[`terraform/parity`](../constructs/quantacirc_cdk/terraform/parity), and tests look up each cell.

A local environment has no cloud, so it has no stack. Selecting its stack is an error.
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
