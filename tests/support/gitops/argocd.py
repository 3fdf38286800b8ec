"""Argo CD's walk: from the application that is applied by hand to every object it leads to."""

import fnmatch
import itertools
import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from quantacirc_cdk.manifests import cluster_scoped
from quantacirc_cdk.text import yaml as written
from support.helm.helm import template
from support.tools import require

Json = dict[str, Any]


def read(path: Path) -> list[Json]:
    """Return the objects of a file."""
    return [item for item in yaml.safe_load_all(path.read_text()) if item]


class Walk:
    """What Argo CD finds in a checkout, starting at one of the bootstrap files."""

    def __init__(
        self, checkout: Path, variant: str, clusters: Sequence[Json] = (), requests: Sequence[Json] = ()
    ) -> None:
        """``requests`` are the open pull requests, as Argo CD's generator describes them."""
        self.checkout = checkout
        self.clusters = clusters
        self.requests = requests
        bootstrap = read(checkout / "dist" / "gitops" / "argocd" / "bootstrap" / f"{variant}.yaml")
        [self.root] = [item for item in bootstrap if item["kind"] == "Application"]
        self.children = list(self._directory(self.root["spec"]["source"]))
        self.projects = {
            item["metadata"]["name"]: item for item in (*bootstrap, *self.children) if item["kind"] == "AppProject"
        }
        sets = [item for item in self.children if item["kind"] == "ApplicationSet"]
        self.applications = [application for one in sets for application in self._expanded(one)]

    def objects(self, application: Json) -> list[Json]:
        """Return the objects that an application deploys."""
        source = application["spec"]["source"]
        return self._rendered(application) if "helm" in source else list(self._directory(source))

    def permitted(self, application: Json, item: Json) -> bool:
        """Return whether the project of an application allows it an object."""
        project = self.projects[application["spec"]["project"]]["spec"]
        group, namespace = item["apiVersion"].rpartition("/")[0], item["metadata"].get("namespace")
        whole = cluster_scoped(item)
        allowed = project["clusterResourceWhitelist" if whole else "namespaceResourceWhitelist"]
        place = application["spec"]["destination"]
        return {"group": group, "kind": item["kind"]} in allowed and any(
            fnmatch.fnmatch(place["name"], one["name"])
            and fnmatch.fnmatch(place["namespace"], one["namespace"])
            and (whole or fnmatch.fnmatch(namespace or place["namespace"], one["namespace"]))
            for one in project["destinations"]
        )

    def _rendered(self, application: Json) -> list[Json]:
        """Return what Argo CD renders with Helm."""
        source, place = application["spec"]["source"], application["spec"]["destination"]
        chart, helm = self.checkout / source["path"], source["helm"]
        files = [option for name in helm.get("valueFiles", []) for option in ("--values", chart / name)]
        with tempfile.TemporaryDirectory() as scratch:
            more = Path(scratch) / "values.yaml"
            more.write_text(yaml.safe_dump(helm.get("valuesObject", {})))
            return template(chart, *files, "--values", more, name=helm["releaseName"], namespace=place["namespace"])

    def _directory(self, source: Json) -> Iterator[Json]:
        folder = self.checkout / source["path"]
        assert folder.is_dir(), f"{source['path']} does not exist"
        directory = source.get("directory", {})
        include = directory.get("include", "*")
        patterns = include[1:-1].split(",") if include.startswith("{") else [include]
        for path in sorted(folder.rglob("*") if directory.get("recurse") else folder.glob("*")):
            name = path.relative_to(folder).as_posix()
            if path.suffix in (".yaml", ".yml", ".json") and any(fnmatch.fnmatch(name, one) for one in patterns):
                yield from read(path)

    def _expanded(self, application_set: Json) -> list[Json]:
        spec = application_set["spec"]
        parameters = [one for generator in spec["generators"] for one in self._generated(generator, {})]
        rendered = render([yaml.safe_dump(spec["template"]), spec.get("templatePatch", "{}")], parameters)
        return [merged(*documents) for documents in zip(rendered[::2], rendered[1::2], strict=True)]

    def _generated(self, generator: Json, known: Json) -> list[Json]:
        [(kind, content)] = generator.items()
        if kind == "list":
            return list(content["elements"])
        if kind == "clusters":
            [selector] = render([yaml.safe_dump(content["selector"]["matchLabels"])], [known])
            return [one for one in self.clusters if selector.items() <= one["labels"].items()]
        if kind == "pullRequest":
            [labels] = [one["labels"] for one in content.values() if isinstance(one, dict)]
            patterns = [one["targetBranchMatch"] for one in content["filters"]]
            return [
                one
                for one in self.requests
                if {*labels} <= {*one["labels"]} and any(re.search(each, one["target_branch"]) for each in patterns)
            ]
        first, second = content["generators"]
        assert kind == "matrix"
        return [one | other for one in self._generated(first, {}) for other in self._generated(second, one)]


def render(templates: Sequence[str], parameters: Sequence[Json]) -> list[Json]:
    """Return each template for each of the parameters, rendered by Helm, which has the template language of Argo CD."""
    with tempfile.TemporaryDirectory() as scratch:
        chart = Path(scratch)
        (chart / "templates").mkdir()
        (chart / "Chart.yaml").write_text("apiVersion: v2\nname: x\nversion: 1.0.0\n")
        (chart / "values.yaml").write_text(written.dump({"all": list(parameters)}))
        bodies = "".join(f"---\ndocument:\n{_indented(text)}\n" for text in templates)
        (chart / "templates" / "all.yaml").write_text(f"{{{{- range .Values.all }}}}\n{bodies}{{{{- end }}}}\n")
        command = [require("helm", "run tools/fetch_helm.py"), "template", "x", chart]
        run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert run.returncode == 0, run.stderr
    assert "<no value>" not in run.stdout
    return [document["document"] or {} for document in yaml.safe_load_all(run.stdout) if document]


def _indented(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.splitlines())


def merged(base: Any, patch: Any) -> Any:
    """Return a strategic merge patch applied: a null deletes the key."""
    if not isinstance(base, dict) or not isinstance(patch, dict):
        return patch
    keys = dict.fromkeys(itertools.chain(base, patch))
    kept = [key for key in keys if patch.get(key, base.get(key)) is not None]
    return {key: merged(base.get(key), patch[key]) if key in patch else base[key] for key in kept}
