"""The report and `qcdk synth` name what you create before the first deployment."""

from pathlib import Path

import pytest

from quantacirc_cdk.cli.main import main
from support.project import SYSTEM, Project

GENERATED = "toolbox: nats\n"
HAND_MADE = """\
    exposed: true
    environment: { TOKEN: { secret: shop-token, key: token } }
    files: { /etc/shop: { config_map: shop-settings, optional: true } }
"""


@pytest.mark.slow
def test_objects_that_nothing_creates_are_on_a_page_and_in_the_summary(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = Project.small(tmp_path)
    made.write_system(GENERATED + SYSTEM.replace("    exposed: true\n", HAND_MADE))
    assert main(["synth", "--project", str(made.root), "--no-cache"]) == 0
    notes = [line for line in capsys.readouterr().err.splitlines() if "prerequisites" in line]
    why = "nothing in the output creates it, so create it before you deploy (report/prerequisites.md)"
    assert notes == [f"note: kubernetes/home has no Secret shop-token: {why}"]
    report = made.root / "dist" / "report"
    rows = [line for line in (report / "prerequisites.md").read_text().splitlines() if line.startswith("| home")]
    assert rows == [
        "| home | `ConfigMap shop-settings` | `bakery` |  | `shop` | start |",
        "| home | `Secret shop-token` | `bakery` | `token` | `shop` | do not start |",
        "| home | [Envoy Gateway](https://gateway.envoyproxy.io/docs/install/) | `BackendTrafficPolicy` | you |",
        "| home | [Gateway API CRDs](https://gateway-api.sigs.k8s.io/guides/) | `HTTPRoute` | you |",
        "| home | `envoy-gateway-system/public` | `http` |",
    ]
    assert "prerequisites.md" in (report / "README.md").read_text()
    assert "Secret shop-token" in (report / "index.html").read_text()


@pytest.mark.slow
def test_a_system_whose_objects_are_all_created_has_no_such_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = Project.small(tmp_path)
    made.write_system(GENERATED + SYSTEM.replace("    exposed: true\n", ""))
    assert main(["synth", "--project", str(made.root), "--no-cache"]) == 0
    assert "prerequisites" not in capsys.readouterr().err
    assert not (made.root / "dist" / "report" / "prerequisites.md").exists()


@pytest.mark.slow
def test_the_page_says_which_component_installs_an_operator(tmp_path: Path) -> None:
    made = Project.small(tmp_path)
    operator = f"  way-in: {{ kind: operator, operator: envoy-gateway, version: v1.6.0, digest: sha256:{1:064x} }}\n"
    made.write_system(GENERATED + SYSTEM.replace("components:\n", f"components:\n{operator}"))
    assert main(["synth", "--project", str(made.root), "--no-cache"]) == 0
    report = made.root / "dist" / "report"
    rows = [line for line in (report / "prerequisites.md").read_text().splitlines() if line.startswith("| home")]
    *operators, gateway = rows
    assert [row.split(" | ")[1].partition("]")[0] for row in operators] == ["[Envoy Gateway", "[Gateway API CRDs"]
    assert all(row.endswith("| its component `way-in`, before the system |") for row in operators)
    assert gateway == "| home | `envoy-gateway-system/public` | `http` |"
    assert "its component way-in" in (report / "index.html").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("ingress", ["", "  ingress_class: nginx\n"], ids=["gateway", "ingress"])
def test_paths_that_routes_close_are_in_the_summary(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], ingress: str
) -> None:
    made = Project.small(tmp_path)
    probes = "    contract: false\n    ports: [{ name: http, port: 80 }]\n    probes: { readiness: /status.php }\n"
    tls = "" if ingress else "    routes: { raw: { protocol: tls, subdomains: [raw] } }\n"
    made.write_system(GENERATED + SYSTEM.replace("    exposed: true\n", f"    exposed: true\n{probes}{tls}"))
    made.replace_in_environment("home", "  context:", f"{ingress}  context:")
    assert main(["synth", "--project", str(made.root), "--no-cache"]) == 0
    (note,) = [line for line in capsys.readouterr().err.splitlines() if "way in" in line]
    why = "public routes close paths of probes and metrics; to open one, add it to the route's `paths`"
    assert note == f"note: kubernetes/home has no way in to /status.php of shop: {why}"
    page = made.root / "dist" / "report" / "prerequisites.md"
    if not ingress:
        assert "| home | `envoy-gateway-system/public` | `http`, `tls` |" in page.read_text()
