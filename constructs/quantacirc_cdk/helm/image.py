"""Image references: the parts that chart users can set, and the named template that assembles them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from quantacirc_cdk.helm.expression import Expression, Scope
from quantacirc_cdk.helm.insertions import Spot
from quantacirc_cdk.helm.node import Insert
from quantacirc_cdk.helm.objects import Match
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.places import Path, places

ImagePart = Literal["registry", "repository", "tag", "digest"]

_REFERENCE = re.compile(r"(?P<name>[^@]+?)(:(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]*))?(@(?P<digest>sha256:[0-9a-f]{64}))?")


@dataclass(frozen=True, kw_only=True)
class OwnImages:
    """Registry and tag of the images that are built with the system, by environment."""

    registries: Mapping[str, str]
    versions: Mapping[str, str]
    published: str
    """The environment whose images are the default."""

    def default(self, there: Sequence[str], published: str | None) -> dict[ImagePart, str] | None:
        """Return the parts of the default of an image, so that registry, tag and digest are those of one environment;
        None for an image that is not built with the system.

        ``there`` are its references in all environments, and ``published`` is that of the published one. Without it,
        the image has the tag of the published release.
        """
        prefixes = tuple(f"{registry}/" for registry in self.registries.values())
        if not any(reference.startswith(prefixes) for reference in there):
            return None
        if published is not None:
            return self.parts(published, self.published)
        return {"registry": "", "tag": "", "digest": ""}

    def parts(self, reference: str, environment: str) -> dict[ImagePart, str]:
        """Return the parts of a reference; empty for those equal to the system's."""
        match = _REFERENCE.fullmatch(reference)
        if match is None:
            return {"registry": "", "repository": reference, "tag": "", "digest": ""}
        name, tag, digest = match["name"], match["tag"] or "", match["digest"] or ""
        prefix = f"{self.registries[environment]}/"
        if name.startswith(prefix):
            tag = "" if tag == self.versions[environment] else tag
            return {"registry": "", "repository": name[len(prefix) :], "tag": tag, "digest": digest}
        registry, _, repository = name.rpartition("/") if name.count("/") == 1 else name.partition("/")
        return {"registry": registry, "repository": repository, "tag": tag, "digest": digest}


@dataclass(frozen=True)
class ImageReference(Insert):
    """An image reference that a named template assembles."""

    reference: str = field(default="", compare=False)
    """Reference in the environment's manifest."""


@dataclass(frozen=True, kw_only=True)
class ImageAt:
    """A part of a container's image reference."""

    on: Match
    path: Path
    part: ImagePart
    own: OwnImages
    template: str
    """Name of the template that assembles the reference."""

    def insert(self, spot: Spot) -> list[Any]:
        """Replace the reference by the template, and return the value of the part."""
        found: list[Any] = []
        for container, key in places(spot.tree, self.path):
            there = container[key]
            if isinstance(there, str):
                image = spot.parameter.path.rpartition(".")[0]
                there = container[key] = ImageReference(reference_of(image, self.template), "text", there)
            if isinstance(there, ImageReference):
                found.append(self.own.parts(there.reference, spot.environment)[self.part])
        return found


def reference_of(image: str, template: str) -> Expression:
    """Return the reference of the image with its parts at a path of the values."""

    def compute(scope: Scope) -> str:
        parts, common, preview = scope.value(image), scope.value("image"), scope.value("preview.imageTag")
        if preview and not parts["registry"]:
            parts = {**parts, "tag": preview, "digest": ""}
        registry = scope.value("global.imageRegistry") or parts["registry"] or common["registry"]
        pinned = parts["registry"] and parts["digest"]
        tag = parts["tag"] or ("" if pinned else common["tag"] or scope.app_version)
        digest = f"@{parts['digest']}" if parts["digest"] else ""
        return f"{registry}/{parts['repository']}" + (f":{tag}" if tag else "") + digest

    return Expression(f'include "{template}" (dict "image" .Values.{image} "root" .)', compute)


def image_references(parameters: Iterable[Parameter], scope: Scope) -> list[str]:
    """Return the references of all images that have parameters, sorted."""
    ending = ".image.repository"
    images = [each.path.removesuffix(".repository") for each in parameters if each.path.endswith(ending)]
    return sorted({str(reference_of(image, "").compute(scope)) for image in images})


def image_template(name: str, *, previews: bool = False) -> str:
    """Return the named template that assembles a reference; with ``previews``, those of a pull request have another
    tag.
    """
    preview, tag, digest = "", ".image.tag", ".image.digest"
    if previews:
        preview = '{{- $preview := ternary "" .root.Values.preview.imageTag (not (not .image.registry)) -}}\n'
        tag, digest = "($preview | default .image.tag)", '(ternary "" .image.digest (not (not $preview)))'
    return f"""\
{{{{/* The reference of an image: its own registry and tag, or those of all images built with the system. */}}}}
{{{{- define "{name}" -}}}}
{{{{- $common := .root.Values.image -}}}}
{preview}{{{{- $tag := {tag} -}}}}
{{{{- if not (and .image.registry .image.digest) -}}}}
{{{{- $tag = coalesce {tag} $common.tag .root.Chart.AppVersion -}}}}
{{{{- end -}}}}
{{{{- coalesce .root.Values.global.imageRegistry .image.registry $common.registry -}}}}
/{{{{ .image.repository }}}}
{{{{- with $tag }}}}:{{{{ . }}}}{{{{ end -}}}}
{{{{- with {digest} }}}}@{{{{ . }}}}{{{{ end -}}}}
{{{{- end -}}}}
"""
