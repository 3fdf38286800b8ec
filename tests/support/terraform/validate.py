"""Have the real ``terraform`` judge a stack whose provider's binary cannot be had."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from quantacirc_cdk.terraform.schemas import ProviderSchema
from support.terraform.stacks import Json, read_stack
from support.terraform.terraform import Terraform
from support.tools import unavailable


@contextmanager
def _terraform(
    stack: Json, versions: Sequence[ProviderSchema], folder: Path, known: Mapping[str, Any] | None = None
) -> Iterator[Terraform]:
    if find_spec("grpc") is None:
        unavailable("grpcio", "pip install grpcio")
    from support.terraform.schema_provider import RANDOM, document, serve

    (folder / "cdk.tf.json").write_text(json.dumps(stack))
    providers = {version.source: {**document(version, stack), "known": known or {}} for version in versions}
    with serve({**providers, "hashicorp/random": RANDOM}) as environment:
        terraform = Terraform(folder, environment)
        terraform.init("-backend=false")
        yield terraform


def validated(outdir: Path, name: str, versions: Sequence[ProviderSchema], folder: Path) -> list[dict[str, Any]]:
    """Return what ``terraform validate`` says about a stack, given the schemas of its providers."""
    with _terraform(read_stack(outdir, name), versions, folder) as terraform:
        return terraform.validate()


def plan_document(
    stack: Json, versions: Sequence[ProviderSchema], folder: Path, known: Mapping[str, Mapping[str, Any]]
) -> Json:
    """Return the plan of a new stack as ``terraform show -json`` prints it.

    Terraform works it out with providers that plan what is proposed; ``known`` is what they read, by type.
    """
    stack = json.loads(json.dumps(stack))
    stack["terraform"].pop("backend", None)
    with _terraform(stack, versions, folder, known) as terraform:
        terraform.run("plan", "-input=false", "-no-color", "-refresh=false", "-out=plan")
        return dict(json.loads(terraform.run("show", "-json", "plan").stdout))


def planned(outdir: Path, name: str, versions: Sequence[ProviderSchema], folder: Path, data: Mapping[str, Json]) -> str:
    """Return what ``terraform test`` says of a plan of a stack with mocked providers, which know ``data``.

    Mocks have no ephemeral resources yet: a variable takes the password's place.
    """
    stack = read_stack(outdir, name)
    stack.pop("ephemeral", None)
    stack = json.loads(json.dumps(stack).replace("ephemeral.random_password.ledger.result", "var.password"))
    stack["variable"]["password"] = {"type": "string", "default": "x"}
    lines = [f'mock_provider "{provider}" {{}}' for provider in stack["terraform"]["required_providers"]]
    for address, values in data.items():
        lines.append(f"override_data {{\n  target = {address}\n  values = {json.dumps(values)}\n}}")
    lines.append('run "plan" {\n  command = plan\n}\n')
    (folder / "main.tftest.hcl").write_text("\n".join(lines))
    with _terraform(stack, versions, folder) as terraform:
        result = terraform.run("test", "-no-color", check=False)
    return result.stdout[-400:] + result.stderr[-1000:]
