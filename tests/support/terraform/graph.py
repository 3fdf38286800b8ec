"""The graph that Terraform makes of a stack."""

import graphlib
import json
import re

from support.terraform.stacks import Json, resources


def order(stack: Json) -> list[str]:
    """Return the addresses of a stack, what is needed first of all; raises ``CycleError`` as Terraform would."""
    nodes = resources(stack) | {f"data.{address}": v for address, v in resources(stack, "data").items()}
    texts = {address: json.dumps(arguments) for address, arguments in nodes.items()}
    graph = {
        address: {
            other
            for other in nodes
            if other != address and re.search(rf"(?<![\w.-]){re.escape(other)}(?![\w-])", texts[address])
        }
        for address in nodes
    }
    return list(graphlib.TopologicalSorter(graph).static_order())
