"""A component that names another one, and cannot connect to it, is a note."""

from pathlib import Path

import pytest

from quantacirc_cdk.kubernetes.reachability_matrix import reachability_matrix
from quantacirc_cdk.model import load_project
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.report.unreached import unreached
from support.kubernetes.synthesis import render
from support.project import Project

pytestmark = pytest.mark.integration

COMPONENTS = """\
components:
  sessions: { kind: valkey, image: oven, storage: { size: 1Gi, path: /data } }
  back: { kind: service, image: oven, contract: false, ports: [{ name: http, port: 8081 }] }
"""
NONE = ", and `reaches` of shop does not list it"


@pytest.mark.parametrize(
    ("shop", "note"),
    [
        ("environment: { B: 'http://back:8081' }", f"connection from shop to back: the variable B names it{NONE}"),
        ("args: ['--to=back:8081']", f"connection from shop to back: `args` names it{NONE}"),
        (
            "environment: { P: { secret: sessions, key: password } }",
            f"connection from shop to sessions: it reads the Secret{NONE}",
        ),
        (
            "environment: { B: 'http://back:9999' }\n    reaches: [back]",
            "port 9999 of back: the variable B of shop names it, not 8081",
        ),
        ("environment: { B: 'http://back:8081' }\n    reaches: [back]", ""),
        ("environment: { P: { secret: sessions, key: password } }\n    reaches: [sessions]", ""),
        (
            "environment: { B: 'http://back.other.svc.cluster.local:8081' }\n    reaches: [back]",
            "host back in the namespace other: the variable B of shop names it, and kubernetes/home has it in bakery",
        ),
        ("environment: { B: 'http://web.other.svc', C: 'back.bakery.svc:8081' }\n    reaches: [back]", ""),
        ("environment: { B: 'http://back.example:8081', C: 'http://shop:1234' }", ""),
    ],
)
def test_a_connection_that_is_named_and_not_allowed_is_a_note(tmp_path: Path, shop: str, note: str) -> None:
    made = Project.small(tmp_path / "bakery")
    made.write_system("toolbox: nats\n" + made.system_file.read_text())
    made.replace_in_system("components:\n", COMPONENTS)
    made.replace_in_system("    exposed: true\n", f"    exposed: true\n    {shop}\n")
    objects = render(made.root, tmp_path / "out")["home"]
    loaded = load_project(made.root)
    site = Site(loaded.system, loaded.environments["home"])
    found = [str(one) for one in unreached(site, objects, reachability_matrix(site.environment, objects))]
    assert found == ([f"kubernetes/home has no {note}"] if note else [])
