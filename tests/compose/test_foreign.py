import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from quantacirc_cdk.compose import compose_files
from quantacirc_cdk.compose.manifests import Manifests
from quantacirc_cdk.model import load_project
from support.foreign import foreign_project
from support.kubernetes.manifests import Object
from support.kubernetes.synthesis import render
from support.project import Project
from support.tools import require

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return foreign_project(tmp_path_factory.mktemp("gallery"))


@pytest.fixture(scope="module")
def home(gallery: Project) -> Sequence[Object]:
    return render(gallery.root, gallery.root / "dist" / "kubernetes", ["home"])["home"]


def test_compose_runs_it(gallery: Project, home: Sequence[Object], tmp_path: Path) -> None:
    project = load_project(gallery.root)
    files = compose_files(project.system, project.environments["home"], Manifests(objects=list(home)))
    (tmp_path / "compose.yaml").write_text(files["compose.yaml"])
    check = require("check-jsonschema", "pip install check-jsonschema")
    done = subprocess.run(
        [check, "--builtin-schema", "vendor.compose-spec", tmp_path / "compose.yaml"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    services = yaml.safe_load(files["compose.yaml"])["services"]
    web = services["web"]
    assert web["environment"]["rails_env"] == "production"
    assert web["environment"]["ADVERTISED_URL"] == "http://web:3000"
    assert web["working_dir"] == "/srv/app"
    assert web["user"] == "991:992"
    assert "read_only" not in web
    assert web["depends_on"]["web-migrate"] == {"condition": "service_completed_successfully"}
    assert services["cache"]["healthcheck"]["test"] == ["CMD", "valkey-cli", "ping"]
    assert services["cache-exporter"]["network_mode"] == "service:cache"
    assert services["relay"]["cap_add"] == ["NET_BIND_SERVICE", "NET_RAW"]
