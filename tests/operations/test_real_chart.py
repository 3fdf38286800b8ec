"""The committed chart, deployed and looked at as production does it."""

import json
import os
import shutil
from pathlib import Path

import pytest

from cluster.resources import RESOURCES, Resource
from cluster.server import Cluster
from quantacirc_cdk.cli.main import main
from quantacirc_cdk.limits.kubernetes_releases import minor
from quantacirc_cdk.model import load_project
from quantacirc_cdk.operations.expectations import expectations
from support.kubernetes.manifests import Object, read_folder
from support.operations.bakery import Bakery
from support.operations.cosign import install
from support.tools import ROOT

pytestmark = pytest.mark.slow

RELEASE = "quantacirc"
IMAGES = ("agents", "cli", "monitoring")
VERSION = minor(load_project(ROOT).environments["prod"].cluster.kubernetes_version)
DIGEST = f"sha256:{'1' * 64}"


def served(objects: list[Object]) -> tuple[Resource, ...]:
    """Return what a cluster serves that has every operator the manifests need."""
    known = {(one.api_version, one.kind) for one in RESOURCES}
    found = {}
    for item in objects:
        group, _, version = item["apiVersion"].rpartition("/")
        plural = f"{item['kind'].lower()}s".replace("ys", "ies")
        resource = Resource(group, version, plural, item["kind"], namespaced="namespace" in item["metadata"])
        if (item["apiVersion"], item["kind"]) not in known:
            found[item["kind"]] = resource
    return (*RESOURCES, *found.values())


def released(bakery: Bakery, folder: Path) -> dict[str, str]:
    """Release images to production, and return the variables with which cosign finds their signatures."""
    root, version = bakery.project.root, "release:\n  version: 0.1.0\n"
    images = "".join(f"    {name}: {{ digest: {DIGEST} }}\n" for name in IMAGES)
    bakery.project.replace_in_environment("prod", version, f"{version}  images:\n{images}")
    assert main(["synth", "--project", str(root), "--only", "helm"]) == 0
    prod = load_project(root).environments["prod"]
    signer, signatures = prod.release.signature, folder / "signatures"
    assert signer
    lines = [f"{prod.registry}/{name}:0.1.0@{DIGEST} {signer.issuer} {signer.subject}\n" for name in IMAGES]
    signatures.write_text("".join(lines))
    (folder / "cosign").mkdir()
    programs = install(folder / "cosign").parent
    return {"PATH": f"{programs}{os.pathsep}{bakery.environment['PATH']}", "COSIGN_SIGNED": str(signatures)}


def test_production_is_deployed_and_healthy(tmp_path: Path):
    objects = read_folder(ROOT / "dist" / "kubernetes" / "prod")
    elsewhere = {item["metadata"].get("namespace", "quantacirc") for item in objects} - {"quantacirc"}
    with Cluster(resources=served(objects), minor=VERSION).running() as cluster:
        bakery = Bakery(tmp_path, cluster).set_up()
        shutil.rmtree(bakery.project.root)
        shutil.copytree(ROOT / "apps", bakery.project.root / "apps")
        signed = released(bakery, tmp_path)
        cluster.kubeconfig(tmp_path / "kubeconfig", context="quantacirc-prod")
        values = bakery.project.root / "dist" / "helm" / "quantacirc" / "values-prod.yaml"
        text = values.read_text()
        values.write_text(f"{text}# by hand\n")
        refused = bakery.qcdk("deploy", "prod", "--yes", **signed)
        assert (refused.returncode, cluster.changes) == (2, []), refused.stderr
        assert "dist/helm/quantacirc/values-prod.yaml: changed since it was written" in refused.stderr
        values.write_text(text)
        for name in elsewhere:
            assert f'namespaces "{name}" not found (to accept: --accept rejected)' in refused.stderr
            cluster.put({"kind": "Namespace", "metadata": {"name": name}}, "")
        first = bakery.qcdk("deploy", "prod", "--yes", "--json", **signed)
        assert first.returncode == 0, first.stderr
        assert json.loads(first.stdout)["changed"] >= len(objects)
        report = json.loads(bakery.qcdk("health", "prod").stdout)
        project = load_project(ROOT)
        expected = expectations(project.system, project.environments["prod"])
        clients = [name for name in expected.site.clients("ledger") if name in expected.components]
        healthy = {one["name"] for one in report["workload"] if one["state"] == "healthy"}
        assert set(expected.components) <= healthy
        assert report["store"][0]["reached_by"] == clients
        # Nothing here issues certificates, and that is seen.
        assert {one["state"] for one in report["certificate"]} == {"degraded"}


def test_what_is_uninstalled_leaves_its_data_and_is_installed_again(tmp_path: Path):
    """The namespace is the chart's, and everything is in it: volumes, and the keys that Jobs have made."""
    objects = read_folder(ROOT / "dist" / "kubernetes" / "local")
    with Cluster(resources=served(objects), minor=VERSION).running() as cluster:
        bakery = Bakery(tmp_path, cluster).set_up()
        shutil.rmtree(bakery.project.root)
        shutil.copytree(ROOT / "apps", bakery.project.root / "apps")
        assert main(["synth", "--project", str(bakery.project.root), "--only", "helm"]) == 0
        place = next(one["metadata"]["name"] for one in objects if one["kind"] == "Namespace")
        context = load_project(bakery.project.root).environments["local"].cluster.context
        cluster.kubeconfig(tmp_path / "kubeconfig", context=context)
        first = bakery.qcdk("deploy", "local", "--yes")
        assert first.returncode == 0, first.stderr
        cluster.put({"kind": "Secret", "metadata": {"name": "backup-keys"}, "data": {"key": "aw=="}}, place)

        def there(*kinds: str) -> dict[str, set[str]]:
            return {kind: {one["metadata"]["uid"] for one in cluster.list(kind, place)} for kind in kinds}

        kept = there("PersistentVolumeClaim")
        assert len(kept["PersistentVolumeClaim"]) >= len([one for one in objects if one["kind"] == "StatefulSet"])
        options = ("--namespace", place, "--kube-context", context)
        done = bakery.run("helm", "uninstall", RELEASE, *options)
        assert done.returncode == 0, done.stderr
        bakery.until(lambda: not any(there("Pod", "Deployment", "StatefulSet").values()))
        assert there("PersistentVolumeClaim") == kept
        assert cluster.get("Secret", "backup-keys", place)
        assert "deletionTimestamp" not in cluster.get("Namespace", place, "")["metadata"]
        again = bakery.qcdk("deploy", "local", "--yes")
        assert again.returncode == 0, again.stderr
        assert there("PersistentVolumeClaim") == kept
