"""Synthesize stacks and read them back."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from quantacirc_cdk.terraform import App, Stack

Json = dict[str, Any]


def synthesized(outdir: Path, declare: Callable[[Stack], object]) -> Json:
    """Return what a stack with what ``declare`` puts into it becomes."""
    app = App(outdir=outdir)
    declare(Stack(app, "test"))
    app.synth()
    return read_stack(outdir, "test")


def read_stack(outdir: Path, name: str) -> Json:
    return dict(json.loads((outdir / "stacks" / name / "cdk.tf.json").read_text()))


def resources(stack: Json, kind: str = "resource") -> dict[str, Json]:
    """Return every resource of a stack by address, without the engine's metadata."""
    return {
        f"{kind_of}.{name}": {key: value for key, value in arguments.items() if key != "//"}
        for kind_of, named in stack.get(kind, {}).items()
        for name, arguments in named.items()
    }
