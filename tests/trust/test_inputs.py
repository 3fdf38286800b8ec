"""Inputs other than the model, with something changed: each is taken, or refused in a line; never a traceback.

``SECURITY.md`` lists the inputs. Files of the model are changed in ``tests/model/test_mutations.py``, answers of
kubectl and helm in ``tests/operations/test_replies.py``, values of the chart in ``tests/helm/test_random_values.py``.
"""

import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from quantacirc_cdk.cli.main import main
from support.command import qcdk
from support.mutations import mutated, slightly
from support.project import Project
from support.terraform.switched import switch_project
from support.tools import ROOT

pytestmark = pytest.mark.slow

SEED = int(os.environ.get("FUZZ_SEED", random.SystemRandom().randrange(2**32)))
ROUNDS = 60
SYNTHESIZED = 12
"""Rounds of inputs whose command also synthesizes: each takes a second."""

OUTPUTS = {
    "client_ids": {"sensitive": False, "type": ["map", "string"], "value": {"planck-forge": "11-22"}},
    "artifacts_bucket": {"sensitive": False, "type": "string", "value": "bucket"},
    "cluster_name": {"sensitive": False, "type": "string", "value": "quantacirc-prod"},
    "ledger_host": {"sensitive": False, "type": "string", "value": "ledger.example"},
    "cluster_endpoint": {"sensitive": False, "type": "string", "value": "https://api.example"},
    "name_servers": {"sensitive": False, "type": ["list", "string"], "value": ["ns1.example", "ns2.example"]},
}
IMAGES = {
    "version": "1.1.0",
    "revision": "a" * 40,
    "pushed": True,
    "images": {"oven": {"repository": "registry.bakery.example/oven", "tag": "1.1.0", "digest": f"sha256:{'1' * 64}"}},
}


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Return a project with its output."""
    root = Project.small(tmp_path / "small").root
    assert qcdk("synth", "--project", root).returncode == 0
    return root


def as_bytes(data: str | bytes) -> bytes:
    return data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass")


def unchanged(text: str, _: random.Random) -> str:
    return text


def wiring(folder: Path, dice: random.Random) -> list[str]:
    if not (folder / "wired").exists():
        switch_project(folder / "wired", "azure")
        shutil.copytree(folder / "wired" / "apps", folder / "kept")
    shutil.rmtree(folder / "wired" / "apps")
    shutil.copytree(folder / "kept", folder / "wired" / "apps")
    (folder / "outputs.json").write_bytes(
        as_bytes(dice.choice([mutated, slightly, unchanged])(json.dumps(OUTPUTS), dice))
    )
    return ["wire", "prod", str(folder / "outputs.json"), "--project", str(folder / "wired")]


def comparing(folder: Path, dice: random.Random) -> list[str]:
    """Change a file of an output that somebody else has written."""
    other, small = folder / "other", folder / "small" / "dist"
    shutil.rmtree(other, ignore_errors=True)
    shutil.copytree(small, other)
    path = dice.choice(sorted([*other.glob("kubernetes/**/*.yaml"), *other.glob("terraform/stacks/**/*.json")]))
    path.write_bytes(as_bytes(mutated(path.read_text(), dice)))
    style = dice.choice(["text", "json", "markdown"])
    return ["diff", "--against", str(other), "--out", str(small), "--format", style]


def releasing(folder: Path, dice: random.Random) -> list[str]:
    (folder / "images.json").write_bytes(
        as_bytes(dice.choice([mutated, slightly, unchanged])(json.dumps(IMAGES), dice))
    )
    root = folder / "released"
    Project.small(root)
    return ["release", "home", "--images", str(folder / "images.json"), "--project", str(root)]


def pricing(folder: Path, dice: random.Random) -> list[str]:
    text = (ROOT / "constructs" / "quantacirc_cdk" / "report" / "prices.yaml").read_text()
    root = Project.small(folder / "priced").root
    (root / "apps" / "prices.yaml").write_bytes(as_bytes(dice.choice([mutated, mutated, unchanged])(text, dice)))
    return ["synth", "--project", str(root), "--only", "report"]


INPUTS: dict[str, Callable[[Path, random.Random], list[str]]] = {
    "outputs of Terraform": wiring,
    "output of a revision": comparing,
    "images of a build": releasing,
    "prices": pricing,
}


@pytest.mark.parametrize("name", INPUTS)
def test_a_changed_input_is_taken_or_refused_in_a_line(
    name: str, small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    print(f"FUZZ_SEED={SEED}")
    dice, statuses = random.Random(SEED), []
    for _ in range(SYNTHESIZED if name == "prices" else ROUNDS):
        arguments = INPUTS[name](tmp_path, dice)
        try:
            status = main(arguments)
        except SystemExit as ended:
            status = int(ended.code or 0)
        said = capsys.readouterr()
        assert status in (0, 1, 2), (arguments, said.err, kept(tmp_path))
        assert "Traceback" not in said.err, (arguments, kept(tmp_path))
        assert "\x1b" not in said.out + said.err, (arguments, kept(tmp_path))
        assert status != 2 or said.err.strip(), arguments
        statuses.append(status)
    assert {0, 2} <= set(statuses), "changes must be both accepted and refused to prove anything"


def kept(folder: Path) -> str:
    """Return the changed file of an input, for the message of a failure."""
    names = ("outputs.json", "images.json")
    return next((repr((folder / name).read_bytes()[:3000]) for name in names if (folder / name).exists()), "")
