"""``qcdk graph``: the topology as Mermaid, JSON, SVG and PNG."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from quantacirc_cdk.cli.main import main
from quantacirc_cdk.report import graph
from support.project import Project
from support.tools import ROOT, unavailable

pytestmark = pytest.mark.integration

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def run(*arguments: str) -> str:
        assert main(["graph", *arguments]) == 0
        return capsys.readouterr().out

    return run


def require_font() -> None:
    if graph.font() is None:
        unavailable("a font", "install Debian's package fonts-dejavu-core")


def test_json_has_the_components_connections_subjects_and_ways_in(
    project: Callable[[], Project], printed: Callable[..., str]
) -> None:
    made = project()
    made.replace_in_system("kind: worker", 'kind: worker\n    description: "Bakes <b>bread</b>"')
    found = json.loads(printed("--project", str(made.root), "--format", "json"))
    assert found == {
        "system": "bakery",
        "environment": "home",
        "cloud": None,
        "nodes": [
            {"name": "baker", "kind": "worker", "place": "cluster", "description": "Bakes <b>bread</b>"},
            {"name": "bus", "kind": "nats", "place": "cluster", "description": ""},
            {"name": "shop", "kind": "service", "place": "cluster", "description": ""},
        ],
        "edges": [
            {"source": "baker", "target": "bus", "consumes": ["bakery.orders"], "publishes": []},
            {"source": "baker", "target": "shop"},
            {"source": "shop", "target": "bus", "consumes": [], "publishes": ["bakery.orders"]},
        ],
        "ways_in": [{"component": "shop", "addresses": ["bakery.example/"]}],
    }


def test_the_address_of_a_route_of_tls_has_its_port(
    project: Callable[[], Project], printed: Callable[..., str]
) -> None:
    made = project()
    ports = "    contract: false\n    ports: [{ name: mqtts, port: 8883 }]\n"
    route = "{ protocol: tls, port: mqtts, external_port: 8883, subdomains: [mqtt] }"
    made.replace_in_system("    exposed: true\n", f"{ports}    routes: {{ mqtt: {route} }}\n")
    found = json.loads(printed("--project", str(made.root), "--format", "json"))
    assert found["ways_in"] == [{"component": "shop", "addresses": ["mqtt.bakery.example:8883/"]}]


def test_the_boundary_of_the_cloud_follows_the_environment(printed: Callable[..., str]) -> None:
    def places(environment: str) -> dict[str, str]:
        found = json.loads(printed(environment, "--project", str(ROOT), "--format", "json"))
        return {node["name"]: node["place"] for node in found["nodes"]}

    prod, local = places("prod"), places("local")
    assert (prod["ledger"], local["ledger"]) == ("cloud", "cluster")
    assert (prod["orchestrator"], prod["llm"]) == ("cluster", "elsewhere")


def test_mermaid_groups_what_runs_in_the_cluster_and_in_the_cloud(printed: Callable[..., str]) -> None:
    lines = printed("prod", "--project", str(ROOT)).splitlines()
    assert lines[:3] == ["flowchart LR", '  subgraph _cloud["cloud: aws"]', "    subgraph _cluster[cluster]"]
    cluster, cloud = lines.index("    end"), lines.index("  end")
    assert cluster < lines.index('    n_ledger[("ledger")]') < cloud < lines.index('  n_llm>"llm"]')
    assert '  _clients -- "quantacirc.example/" --> n_orchestrator' in lines
    assert '  n_exporter -- "#8592; qc.events.#62;" --> n_bus' in lines


def test_an_svg_is_one_image_that_loads_nothing(printed: Callable[..., str]) -> None:
    text = printed("prod", "--project", str(ROOT), "--format", "svg")
    found = ElementTree.fromstring(text)
    boxes = {one.get("data-name") for one in found.iter(f"{SVG}g") if (one.get("class") or "").startswith("box")}
    assert {"orchestrator", "ledger", "llm", "bus"} <= boxes
    assert "exporter → bus: ← qc.events.>" in ["".join(one.itertext()) for one in found.iter(f"{SVG}text")]
    assert not {one.tag for one in found.iter()} & {f"{SVG}{tag}" for tag in ("a", "script", "image", "foreignObject")}
    assert "href" not in text
    width, height = (int(str(found.get(name))) for name in ("width", "height"))
    assert found.get("viewBox") == f"0 0 {width} {height}"
    for one in found.iter(f"{SVG}text"):
        assert 0 <= int(str(one.get("x"))) <= width
        assert 0 <= int(str(one.get("y"))) <= height


def test_the_same_model_gives_the_same_bytes(printed: Callable[..., str]) -> None:
    for form in ("mermaid", "json", "svg"):
        arguments = ("prod", "--project", str(ROOT), "--format", form)
        assert printed(*arguments) == printed(*arguments)


@pytest.mark.parametrize(
    ("name", "starts"), [("a.mmd", b"flowchart"), ("a.json", b"{"), ("a.svg", b"<svg"), ("a.png", b"\x89PNG\r\n\x1a\n")]
)
def test_the_ending_of_the_file_selects_the_format(
    project: Callable[[], Project], tmp_path: Path, name: str, starts: bytes, printed: Callable[..., str]
) -> None:
    if name.endswith(".png"):
        require_font()
    target = tmp_path / "build" / name
    assert printed("home", "--project", str(project().root), "--destination", str(target)) == ""
    assert target.read_bytes().startswith(starts)


def test_a_png_has_the_size_of_the_drawing_and_its_text(
    project: Callable[[], Project], capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    require_font()
    arguments = ["graph", "home", "--project", str(project().root)]
    assert main([*arguments, "--format", "svg"]) == 0
    drawing = ElementTree.fromstring(capsysbinary.readouterr().out)
    assert main([*arguments, "--format", "png"]) == 0
    image = capsysbinary.readouterr().out
    size = [int.from_bytes(image[place : place + 4], "big") for place in (16, 20)]
    assert size == [2 * int(str(drawing.get(name))) for name in ("width", "height")]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["hom"], 'no environment "hom", expected "home"'),
        (["--destination", "a.gif"], '--destination: no format has the ending ".gif", expected one of .mmd, '),
    ],
)
def test_what_cannot_be_drawn_is_refused(
    project: Callable[[], Project], arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["graph", *arguments, "--project", str(project().root)]) == 2
    assert said in capsys.readouterr().err


def test_of_several_environments_one_must_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", "--project", str(ROOT)]) == 2
    assert "which environment is not given, expected one of dev, local, prod, staging" in capsys.readouterr().err


def test_a_png_without_the_extra_names_it(
    project: Callable[[], Project], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    assert main(["graph", "--format", "png", "--project", str(project().root)]) == 2
    assert "expected `pip install 'quantacirc-cdk[png]'`, or --format svg" in capsys.readouterr().err


def test_a_png_without_text_is_refused(
    project: Callable[[], Project], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(graph, "_FONTS", ("No Such Font",))
    assert main(["graph", "--format", "png", "--project", str(project().root)]) == 2
    assert "a PNG needs a font, found none of No Such Font" in capsys.readouterr().err


def test_a_png_is_not_written_to_a_terminal(
    project: Callable[[], Project], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert main(["graph", "--format", "png", "--project", str(project().root)]) == 2
    assert "expected --destination FILE, or a pipe" in capsys.readouterr().err


def test_a_graph_needs_no_jsii(project: Callable[[], Project]) -> None:
    code = (
        "import sys\nfrom quantacirc_cdk.cli.main import main\n"
        f"main(['graph', '--format', 'svg', '--project', {str(project().root)!r}])\n"
        "print(sorted({'jsii', 'cdk8s', 'cdktf'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "[]"
