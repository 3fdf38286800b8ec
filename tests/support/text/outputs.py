"""An output folder as the programs that read it see it: the text in it, evaluated as they evaluate it."""

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml as pyyaml

from quantacirc_cdk.text import github, terraform
from support.helm.helm import run as helm
from support.pipelines.jenkins import declarative
from support.text import readers

_HASH = re.compile(
    r"(?<![0-9A-Za-z])(?=[0-9a-f]*[0-9])[0-9a-f]{8,64}(?![0-9A-Za-z])"
    r"|(?<=-)[0-9a-f]{6}$"  # what makes a name on Azure unique
)
_MAY_BE_HASH = re.compile(r"[0-9a-f]{8}|-[0-9a-f]{6}$")
Change = Callable[[str], str]


def mapped(data: Any, change: Change) -> Any:
    """Return data with every text in it changed, keys too, texts that are JSON or YAML in text from inside."""
    if isinstance(data, str):
        inner = nested(data)
        return change(data) if inner is None else mapped(inner, change)
    if isinstance(data, dict):
        return {change(str(key)): mapped(item, change) for key, item in data.items()}
    if isinstance(data, list):
        return sorted((mapped(item, change) for item in data), key=lambda item: json.dumps(item, sort_keys=True))
    return data


def nested(text: str) -> Any:
    """Return the data of a text that is a JSON document; None for another text."""
    if text[:1] not in ("{", "["):
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict | list) and found else None


def substituted(texts: Mapping[str, str]) -> Change:
    """Return what puts texts in the place of their markers, and takes what depends on a hash away."""
    of_number = {found[0]: marker for marker in texts if (found := _NUMBER.search(marker))}

    def change(text: str) -> str:
        for number in dict.fromkeys(_NUMBER.findall(text)):  # a few of thousands: one pattern for all takes long
            if marker := of_number.get(number):
                text = text.replace(marker, texts[marker])
        return unhashed(text)

    return change


_NUMBER = re.compile(r"zq\d+x")
"""What each marker has of its own."""


def unhashed(text: str) -> str:
    return _HASH.sub("<hash>", text) if _MAY_BE_HASH.search(text) else text


@lru_cache(maxsize=32)
def kubernetes(dist: Path, environment: str) -> dict[str, dict[str, Any]]:
    """Return an environment's objects by reader."""
    folder = dist / "kubernetes" / environment
    texts = [path.read_text("utf-8") for path in sorted(folder.glob("*.yaml"))]
    found = {
        "go-yaml": readers.kubectl(folder),
        "libyaml": [pyyaml.load(text, readers.LibYaml11) for text in texts],
    }
    return {reader: by_name(objects) for reader, objects in found.items()}


def by_name(objects: list[Any]) -> dict[str, Any]:
    """Return objects by kind and name."""
    return {f"{item['kind']} {item['metadata']['name']}": item for item in objects}


def chart(dist: Path, system: str, namespace: str, environment: str, release: str) -> dict[str, Any]:
    """Return the objects that Helm renders for an environment, as go-yaml reads them."""
    folder = dist / "helm" / system
    values = folder / f"values-{environment}.yaml"
    checked = () if release == "helm" else ("--skip-schema-validation",)  # takes half of the time
    command = ("template", system, folder, "--namespace", namespace, "--skip-tests", "--values", values, *checked)
    done = helm(*command, release=release)
    assert done.returncode == 0, done.stderr
    return by_name([item for item in pyyaml.load_all(done.stdout, readers.OfHelm) if item])


def stacks(dist: Path, markers: Mapping[str, str], folder: Path) -> dict[str, Any]:
    """Return the arguments of each stack, those strings evaluated by Terraform that refer to nothing."""
    found = {}
    for path in sorted((dist / "terraform" / "stacks").glob("*/cdk.tf.json")):
        stack = json.loads(path.read_text("utf-8"))
        stack.pop("//", None)
        raw = {"terraform": stack.pop("terraform", {}), "variable": stack.pop("variable", {})}
        leaves: list[str] = []
        mapped_plain(stack, leaves.append)
        unique = [text for text in dict.fromkeys(leaves) if _TEMPLATE.search(text) and not _refers(text)]
        values = dict(zip(unique, readers.terraform(unique, folder), strict=True)) if unique else {}
        found[path.parent.name] = {"raw": raw, "evaluated": replaced(stack, values)}
    return found


_TEMPLATE = re.compile(r"[$%]\{")


def _refers(text: str) -> bool:
    """Whether a string has an expression of ours: none that stands for no text."""
    return terraform.has_expression(text)


def mapped_plain(data: Any, see: Callable[[str], Any]) -> None:
    """Show every text in data, keys too."""
    if isinstance(data, str):
        see(data)
    elif isinstance(data, dict):
        for key, item in data.items():
            see(key)
            mapped_plain(item, see)
    elif isinstance(data, list):
        for item in data:
            mapped_plain(item, see)


def replaced(data: Any, values: Mapping[str, str]) -> Any:
    """Return data with texts replaced."""
    if isinstance(data, str):
        return values.get(data, data)
    if isinstance(data, dict):
        return {values.get(key, key): replaced(item, values) for key, item in data.items()}
    return [replaced(item, values) for item in data] if isinstance(data, list) else data


def workflow_texts(dist: Path) -> list[str]:
    """Return the fixed values of the environments in GitHub's workflows."""
    found = []
    for path in sorted((dist / "cicd" / "github" / ".github" / "workflows").glob("*.yml")):
        for job in pyyaml.load(path.read_text("utf-8"), readers.PyYaml11)["jobs"].values():
            found += [text for text in job.get("env", {}).values() if not _OWN.search(text)]
    return found


_OWN = re.compile(r"\$\{\{ (?!')")
assert github.literal("${{")[:5] == "${{ '"


def jenkins_texts(dist: Path) -> list[str]:
    """Return the values of the environments in the Jenkinsfile as Jenkins expands them."""
    found = []
    stages = declarative(dist / "cicd" / "jenkins" / "Jenkinsfile")["stages"]
    for stage in [inner for one in stages for inner in one.get("parallel") or [one]]:
        values = stage.get("environment", {}).values()
        found += [readers.jenkins_expanded(text, {"HOME": "evaluated", "X": "evaluated"}) for text in values]
    return found


def settings(dist: Path, folder: Path) -> dict[str, dict[str, str]]:
    """Return what bash reads of the files for scripts."""
    found = {}
    for path in sorted((dist / "operations").glob("*.env")):
        script = re.sub("^(?=[A-Z]+=)", "T_", path.read_bytes().decode(), flags=re.MULTILINE)
        found[path.name] = readers.shell("bash", script, folder)
        if signer := found[path.name].get("T_SIGNER"):  # an expression for one text
            found[path.name]["T_SIGNER"] = re.sub(r"\\(.)", r"\1", signer, flags=re.DOTALL)
    return found


def compose_file(dist: Path) -> Any:
    """Return the Compose file as podman-compose interpolates it."""
    path = dist / "compose" / "compose.yaml"
    return readers.compose(pyyaml.load(path.read_text("utf-8"), readers.PyYaml11)) if path.is_file() else None


def gitops(dist: Path) -> dict[str, Any]:
    """Return the objects for Argo CD and Flux, by file."""
    paths = sorted((dist / "gitops").rglob("*.yaml"))
    return {
        path.relative_to(dist).as_posix(): [
            one for one in pyyaml.load_all(path.read_text("utf-8"), readers.PyYaml11) if one
        ]
        for path in paths
    }


def report(dist: Path) -> dict[str, Any]:
    """Return what pages of the report show: the cells of their tables and their paragraphs."""
    return {
        path.name: readers.markdown_paragraphs(path.read_text("utf-8"))
        for path in sorted((dist / "report").glob("[RTt]*.md"))
    }
