"""Chart values for the volumes of a component."""

from collections.abc import Iterator
from dataclasses import dataclass

from quantacirc_cdk.helm import schemas, spec_schemas
from quantacirc_cdk.helm.insertions import Added, At, InPlaceOf, Presence
from quantacirc_cdk.helm.objects import Key, Match
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.places import EACH, Named, Path
from quantacirc_cdk.helm.rules.subject import Subject
from quantacirc_cdk.helm.settings import section
from quantacirc_cdk.manifests import POD_TEMPLATES

_CLAIM_NAME = ("persistentVolumeClaim", "claimName")
"""Path of the name of a claim in a volume."""


@dataclass(frozen=True, kw_only=True)
class PersistenceRules:
    """Chart values for the volume claims of a component."""

    subject: Subject

    def parameters(self) -> Iterator[Parameter]:
        """Yield the parameters of the claims of each pod, and of those that pods share."""
        keys = self.subject.of_kind("StatefulSet")
        lists = [found for key in keys for found in self.subject.samples(key, ("spec", "volumeClaimTemplates"))]
        sets, path = self.subject.on("StatefulSet"), ("spec", "volumeClaimTemplates")
        first = [claim["metadata"]["name"] for claim in lists[0]] if any(lists) else []
        if len(first) == 1 or any([claim["metadata"]["name"] for claim in one] != first for one in lists):
            yield from self._claims("persistence", "Size of each pod's volume.", sets, (*path, EACH))
        else:
            for index, claim in enumerate(first):
                place = f"persistence.{section(claim)}"
                yield from self._claims(place, "Size of each pod's volume.", sets, (*path, index))
        for key in self.subject.of_kind("PersistentVolumeClaim"):
            yield from self._shared_claim(key)

    def _shared_claim(self, key: Key) -> Iterator[Parameter]:
        """Yield the parameters of a claim that the component's pods share."""
        place = f"persistence.{section(key.name.removeprefix(f'{self.subject.name}-'))}"
        yield from self._claims(place, "Size of the volume.", Match.of(key), ())
        mounts = [
            InPlaceOf(on=Match.of(workload), path=(*path, Named(volume), *_CLAIM_NAME), style="text")
            for workload in self.subject.workloads
            for path in [(*POD_TEMPLATES[workload.kind], "spec", "volumes")]
            for volume in self._volumes_of(key, workload, path)
        ]
        if mounts:
            yield self.subject.parameter(
                f"{place}.existingClaim",
                "Existing PersistentVolumeClaim, in place of a new one.",
                schemas.NAME,
                Presence(on=Match.of(key), inverse=True, told=False),
                *mounts,
                default="",
            )

    def _volumes_of(self, claim: Key, workload: Key, path: Path) -> list[str]:
        """Return the names of the volumes for a claim in the pods of a workload."""
        volumes = [volume for found in self.subject.samples(workload, path) for volume in found]
        mounted = {v["name"] for v in volumes if v.get(_CLAIM_NAME[0], {}).get(_CLAIM_NAME[1]) == claim.name}
        return sorted(mounted)

    def _claims(self, place: str, size: str, on: Match, claim: Path) -> Iterator[Parameter]:
        """Yield the parameters of the claims at a path of objects."""
        yield self.subject.parameter(
            f"{place}.size",
            f"{size} It cannot be changed after the installation.",
            schemas.SIZE,
            At(on=on, path=(*claim, "spec", "resources", "requests", "storage"), style="json"),
            reason="environments have different amounts of data",
        )
        yield self.subject.parameter(
            f"{place}.storageClass",
            "Storage class of the volumes; empty for that of all volumes, or the cluster's default. It cannot be "
            "changed after the installation.",
            schemas.NAME,
            At(on=on, path=(*claim, "spec", "storageClassName"), style="text", empty=""),
            reason="clusters have different storage",
        )
        yield self.subject.parameter(
            f"{place}.accessModes",
            "Access modes of the volumes. They cannot be changed after the installation.",
            spec_schemas.ACCESS_MODES,
            At(on=on, path=(*claim, "spec", "accessModes")),
        )
        for name, schema in (("annotations", schemas.ANNOTATIONS), ("labels", schemas.LABELS)):
            yield self.subject.parameter(
                f"{place}.{name}",
                f"{name.capitalize()} of the volume claims. They cannot be changed after the installation.",
                schema,
                Added(on=on, path=(*claim, "metadata", name)),
                default={},
            )
