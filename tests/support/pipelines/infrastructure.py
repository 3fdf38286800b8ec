"""This project, with stacks that the pipeline applies: of Terraform's own resources, with their state in files."""

import json
from pathlib import Path

from quantacirc_cdk.synth import synthesize
from support.pipelines.harness import Server

ENVIRONMENTS = ("dev", "staging", "prod")
STACKS = tuple(f"{name}-aws" for name in ENVIRONMENTS)


def apply_stacks(folder: Path) -> None:
    """Have the pipeline apply the stacks of the model in ``folder``."""
    for name in ENVIRONMENTS:
        path = folder / "apps" / "environments" / f"{name}.yaml"
        path.write_text(path.read_text() + "infrastructure: pipeline\n")


class ApplyingServer(Server):
    """A server whose pipeline applies the stacks."""

    def prepare(self) -> None:
        apply_stacks(self.work)
        synthesize(self.work, out=self.work / "dist", only=["cicd", "operations"])
        for stack in STACKS:
            (self.work / self.file(stack)).parent.mkdir(parents=True)
            (self.work / self.file(stack)).write_text(self.stack(stack, "one"))

    def file(self, stack: str) -> str:
        return f"dist/terraform/stacks/{stack}/main.tf.json"

    def stack(self, name: str, value: str, *, fails: bool = False) -> str:
        """Return a stack, whose apply may fail."""
        broken = {"provisioner": [{"local-exec": {"command": "exit 3"}}]} if fails else {}
        resources = {"oven": {"input": value}, **({"bread": broken} if fails else {})}
        backend = {"local": {"path": str(self.state(name))}}
        document = {"terraform": {"required_version": ">= 1.11.0", "backend": backend}}
        return json.dumps({**document, "resource": {"terraform_data": resources}})

    def state(self, stack: str) -> Path:
        """The file with the state of a stack."""
        return self.folder / "states" / f"{stack}.tfstate"

    def applied(self, stack: str) -> str | None:
        """Return the value in a stack that was applied last; None if none was."""
        if not self.state(stack).exists():
            return None
        resources = json.loads(self.state(stack).read_text())["resources"]
        (value,) = (one["instances"][0]["attributes"]["input"] for one in resources if one["name"] == "oven")
        return str(value["value"] if isinstance(value, dict) else value)
