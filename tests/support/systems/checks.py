"""What every example system is checked for."""

import subprocess

from quantacirc_cdk.kubernetes.reachability import connections, pods
from support.helm.helm import by_name, handed_over, template
from support.systems.system import Synthesized, dead_ends, over_quota
from support.tools import require


def check_ready(system: Synthesized, environment: str) -> None:
    """Check that nothing keeps a pod from becoming ready, and that the quota has room for all."""
    objects = system.objects(environment)
    assert list(dead_ends(objects)) == []
    assert over_quota(objects) == []


def check_chart(system: Synthesized, environment: str) -> None:
    """Check that the chart with the environment's values renders the environment's manifests."""
    name = system.project.system.name
    chart = system.dist / "helm" / name
    rendered = template(chart, "--values", chart / f"values-{environment}.yaml", name=name, namespace=name)
    assert by_name(rendered) == by_name(handed_over(system.objects(environment)))


def check_compose(system: Synthesized) -> None:
    """Check the Compose file against the specification's schema."""
    check = require("check-jsonschema", "pip install check-jsonschema")
    (file,) = (system.dist / "compose").rglob("compose.yaml")
    command = [check, "--builtin-schema", "vendor.compose-spec", file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def found_connections(system: Synthesized) -> dict[str, set[str]]:
    """Return whom each component may connect to, as the local environment's network policies have it."""
    objects = system.objects("local")
    found: dict[str, set[str]] = {}
    for one in connections(objects, pods(objects)):
        found.setdefault(one.source, set()).add(one.target)
    return found
