"""Other ways to write the same objects, from ``objects.json``: the objects of each environment.

Each deletes its output first, as ``cdk8s synth`` does: files that are new cost more than those that are overwritten.
"""

import json
import shutil
import sys
import tarfile
from importlib.util import find_spec
from pathlib import Path

import yaml
from measure import ROOT

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
LIBRARIES = ("cdk8s", "constructs")


def peers(scratch: Path) -> dict[str, list[str]]:
    """Prepare the peers below ``scratch``, and return the command of each."""
    from quantacirc_cdk.node import bundled_node

    objects = scratch / "objects.json"
    objects.write_text(json.dumps(_objects()))
    for name in LIBRARIES:
        _install(name, scratch / "node_modules")
    shutil.copy(Path(__file__).with_suffix(".js"), scratch)
    written = str(scratch / "written")
    this = [sys.executable, __file__]
    found = {
        "cdk8s in JavaScript": [str(bundled_node()), str(scratch / "peers.js"), str(objects), written],
        "cdk8s in Python, object by object": [*this, "cdk8s", str(objects), written],
        "dictionaries, PyYAML's C emitter": [*this, "yaml", str(objects), written],
    }
    helm, kubectl = (ROOT / ".tools" / "bin" / name for name in ("helm", "kubectl"))
    if helm.exists():
        found["helm template, one environment"] = [str(helm), "template", "x", str(_chart())]
    if kubectl.exists():
        found["kubectl kustomize, one environment"] = [str(kubectl), "kustomize", str(_kustomization(scratch))]
    return found


def _objects() -> dict[str, list[object]]:
    folders = sorted(path for path in (ROOT / "dist" / "kubernetes").iterdir() if path.is_dir())
    return {
        folder.name: [yaml.load(file.read_text("utf-8"), LOADER) for file in sorted(folder.glob("*.k8s.yaml"))]
        for folder in folders
    }


def _install(name: str, modules: Path) -> None:
    """Unpack a library that its Python package contains."""
    spec = find_spec(name)
    (archive,) = Path(spec.submodule_search_locations[0], "_jsii").glob("*.tgz")
    with tarfile.open(archive) as tar:
        tar.extractall(modules / f".{name}")
    (modules / f".{name}" / "package").rename(modules / name)


def _chart() -> Path:
    return next(path.parent for path in (ROOT / "dist" / "helm").glob("*/Chart.yaml"))


def _kustomization(scratch: Path) -> Path:
    folder = scratch / "kustomize"
    shutil.copytree(next(path for path in sorted((ROOT / "dist" / "kubernetes").iterdir()) if path.is_dir()), folder)
    (folder / "kustomization.yaml").write_text(json.dumps({"resources": [path.name for path in folder.glob("*.yaml")]}))
    return folder


def with_cdk8s(objects: dict[str, list[dict[str, object]]], out: Path) -> None:
    """Write each object through ``cdk8s.ApiObject``, as most Python projects do."""
    import cdk8s

    for name, items in objects.items():
        kind = cdk8s.YamlOutputType.FILE_PER_RESOURCE
        app = cdk8s.App(outdir=str(out / name), yaml_output_type=kind)
        chart = cdk8s.Chart(app, name)
        for index, item in enumerate(items):
            fields = {key: value for key, value in item.items() if key not in ("apiVersion", "kind", "metadata")}
            made = cdk8s.ApiObject(
                chart, str(index), api_version=item["apiVersion"], kind=item["kind"], metadata=item["metadata"]
            )
            for field, value in fields.items():
                made.add_json_patch(cdk8s.JsonPatch.add(f"/{field}", value))
        app.synth()


def with_yaml(objects: dict[str, list[dict[str, object]]], out: Path) -> None:
    """Write each object with the C emitter."""
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    for name, items in objects.items():
        (out / name).mkdir(parents=True, exist_ok=True)
        for item in items:
            path = out / name / f"{item['kind']}.{item['metadata']['name'].replace(':', '-')}.yaml"
            path.write_text(yaml.dump(item, Dumper=dumper, sort_keys=False), "utf-8")


if __name__ == "__main__":
    _, way, source, target = sys.argv
    shutil.rmtree(target, ignore_errors=True)
    {"cdk8s": with_cdk8s, "yaml": with_yaml}[way](json.loads(Path(source).read_text()), Path(target))
