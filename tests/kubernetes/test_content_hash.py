"""Hashes of configuration, which manifests and chart compute by themselves."""

import json
import subprocess
from pathlib import Path

from quantacirc_cdk.kubernetes.config_map import content_hash
from support.helm.helm import run

DATA = {"a": "é <&> \x07 \u2028 \u2029 \x1b", "B": 'quotes " and \\'}


def test_helm_computes_the_same_hash(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "Chart.yaml").write_text("apiVersion: v2\nname: hash\nversion: 1.0.0\n")
    (tmp_path / "values.yaml").write_text(json.dumps({"data": DATA}))
    template = "hash: {{ toRawJson .Values.data | sha256sum | trunc 16 | quote }}\n"
    (tmp_path / "templates" / "hash.yaml").write_text(template)
    done: subprocess.CompletedProcess[str] = run("template", "hash", tmp_path)
    assert f'hash: "{content_hash(DATA)}"' in done.stdout, done.stderr
