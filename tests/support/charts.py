"""Charts of others in a real registry: an operator with its definitions, made here."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from support.tools import require

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: { name: {{ .Release.Name }}, namespace: {{ .Release.Namespace }} }
spec:
  replicas: {{ .Values.replicaCount }}
  selector: { matchLabels: { app: {{ .Release.Name }} } }
  template:
    metadata: { labels: { app: {{ .Release.Name }} } }
    spec: { containers: [{ name: operator, image: "{{ .Values.image }}" }] }
"""


def definition(group: str, kind: str, version: str = "v1") -> dict[str, Any]:
    """Return a CustomResourceDefinition."""
    plural = f"{kind.lower()}s"
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "names": {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"},
            "scope": "Namespaced",
            "versions": [{"name": version, "served": True, "storage": True, "schema": schema}],
        },
    }


def push(
    folder: Path,
    registry: str,
    name: str,
    *,
    version: str = "1.0.0",
    image: str = "operator:1",
    crds: Mapping[str, dict[str, Any]] | None = None,
) -> str:
    """Push a chart with a Deployment and definitions to ``registry``; return its digest, as helm prints it."""
    helm = require("helm", "run tools/fetch_helm.py")
    chart = folder / f"{name}-{version}"
    for place in ("templates", "crds"):
        (chart / place).mkdir(parents=True)
    (chart / "Chart.yaml").write_text(yaml.safe_dump({"apiVersion": "v2", "name": name, "version": version}))
    (chart / "values.yaml").write_text(yaml.safe_dump({"replicaCount": 1, "image": image}))
    (chart / "templates" / "all.yaml").write_text(DEPLOYMENT)
    for one, item in (crds or {}).items():
        (chart / "crds" / f"{one}.yaml").write_text(yaml.safe_dump(item))
    subprocess.run([helm, "package", chart, "--destination", folder], check=True, capture_output=True)
    package = folder / f"{name}-{version}.tgz"
    command = [helm, "push", package, f"oci://{registry}/charts", "--plain-http"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    said = f"{done.stdout}{done.stderr}"
    return next(line.removeprefix("Digest: ") for line in said.splitlines() if line.startswith("Digest: "))
