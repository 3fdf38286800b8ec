"""The effect of a change on a running system, and the rule that documents it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import total_ordering

from quantacirc_cdk.diff.fields import FieldChange, Path


@total_ordering
class Impact(Enum):
    """Classes of change, from harmless to harmful. The value is the name on the command line."""

    NO_OP = "no-op"
    """No effect on anything that runs."""
    IN_PLACE = "in-place"
    """Terraform updates the resource in place."""
    WIDENS_ACCESS = "widens-access"
    """No interruption, but connections or permissions that were denied are now granted."""
    WEAKER_DELIVERY = "weaker-delivery"
    """Nothing that runs changes, but later changes reach it with fewer checks, or nothing updates it any more."""
    ROLLING_RESTART = "rolling-restart"
    """Pods are replaced a few at a time, while the others keep serving."""
    UNAVAILABILITY = "unavailability"
    """Something is unavailable for a time, or behaves differently for its clients."""
    REPLACE = "replace"
    """Terraform destroys the resource and creates another."""
    DESTROY = "destroy"
    """Terraform destroys a resource that holds no data."""
    RECREATE = "recreate"
    """The API refuses the change: you must delete and recreate the object."""
    UNREADABLE = "unreadable-data"
    """New pods do not start on the data of the old ones, or do not serve it. The data stays."""
    DATA_LOSS = "data-loss"
    """Data may be lost or no longer be referenced."""
    STATEFUL_DESTROY = "stateful-destroy"
    """Terraform destroys a resource that holds data, with or without a replacement."""

    def __lt__(self, other: "Impact") -> bool:
        """Return whether this class is less harmful."""
        return _ORDER[self] < _ORDER[other]

    @property
    def title(self) -> str:
        """The class in words."""
        return _TITLES[self]


_ORDER = {impact: place for place, impact in enumerate(Impact)}
_TITLES = {
    Impact.NO_OP: "no-op at runtime",
    Impact.IN_PLACE: "updated in place",
    Impact.WIDENS_ACCESS: "widens access",
    Impact.WEAKER_DELIVERY: "weaker delivery",
    Impact.ROLLING_RESTART: "rolling restart",
    Impact.UNAVAILABILITY: "brief unavailability",
    Impact.REPLACE: "replaced",
    Impact.DESTROY: "destroyed",
    Impact.RECREATE: "needs recreate: the API will reject it",
    Impact.UNREADABLE: "does not start on its data",
    Impact.DATA_LOSS: "data loss possible",
    Impact.STATEFUL_DESTROY: "destroys a stateful resource",
}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A documented effect of a type of change."""

    id: str
    """Short, stable id, for filters and discussions."""
    impact: Impact
    says: str
    """The effect, in one sentence."""
    source: str
    """Documentation of Kubernetes, the provider or Terraform."""
    kinds: tuple[str, ...] = ()
    """Kinds of objects that it applies to; all when empty."""
    paths: tuple[str, ...] = ()
    """Fields that it applies to, each with everything below it; ``*`` is any step, the empty tuple any field."""
    when: "Callable[[FieldChange], bool]" = lambda _: True
    """Condition on the change."""

    def covers(self, kind: str, change: FieldChange) -> bool:
        """Return whether the rule applies to ``change`` of an object of this kind."""
        if self.kinds and kind not in self.kinds:
            return False
        if self.paths and not any(is_below(change.path, pattern) for pattern in self.paths):
            return False
        return self.when(change)


def rule(
    id: str, impact: Impact, kinds: str = "", paths: str = "", *, says: str, source: str,
    when: Callable[[FieldChange], bool] = lambda _: True,
) -> Rule:  # fmt: skip
    """Return a rule. ``kinds`` and ``paths`` are space-separated words."""
    return Rule(
        id=id,
        impact=impact,
        kinds=tuple(kinds.split()),
        paths=tuple(paths.split()),
        says=says,
        source=source,
        when=when,
    )


def is_below(path: Path, pattern: str) -> bool:
    """Return whether ``path`` equals or is below the field ``pattern`` (``spec.ports.*.port``)."""
    steps = pattern.split(".")
    return len(path) >= len(steps) and all(step in ("*", found) for step, found in zip(steps, path, strict=False))


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A change with its effect."""

    rule: Rule
    change: FieldChange
    note: str = ""
    """Circumstances that change the severity in this case."""

    @property
    def impact(self) -> Impact:
        """The rule's class."""
        return self.rule.impact
