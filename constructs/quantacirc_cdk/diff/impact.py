"""What a change does to a running system, and the rule that says so."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import total_ordering

from quantacirc_cdk.diff.fields import FieldChange, Path


@total_ordering
class Impact(Enum):
    """Classes of change, the harmless first. The value is the name on the command line."""

    NO_OP = "no-op"
    """Nothing that runs notices."""
    IN_PLACE = "in-place"
    """Terraform updates the resource where it is."""
    WIDENS_ACCESS = "widens-access"
    """Nothing is interrupted, but somebody may connect or do what was refused before."""
    ROLLING_RESTART = "rolling-restart"
    """Pods are replaced a few at a time; the rest serves."""
    UNAVAILABILITY = "unavailability"
    """Something does not answer, or answers otherwise, for a while or for those who relied on what goes."""
    REPLACE = "replace"
    """Terraform destroys the resource and creates another."""
    DESTROY = "destroy"
    """Terraform destroys a resource that holds no data."""
    RECREATE = "recreate"
    """The API refuses the change: the object must be deleted and created anew."""
    DATA_LOSS = "data-loss"
    """Data may be lost, or be where nobody looks for it."""
    STATEFUL_DESTROY = "stateful-destroy"
    """Terraform destroys a resource that holds data, for good or on the way to a new one."""

    def __lt__(self, other: "Impact") -> bool:
        """Return whether this one is the less harmful."""
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
    Impact.ROLLING_RESTART: "rolling restart",
    Impact.UNAVAILABILITY: "brief unavailability",
    Impact.REPLACE: "replaced",
    Impact.DESTROY: "destroyed",
    Impact.RECREATE: "needs recreate: the API will reject it",
    Impact.DATA_LOSS: "data loss possible",
    Impact.STATEFUL_DESTROY: "destroys a stateful resource",
}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One documented fact about a kind of change."""

    id: str
    """Short and stable, for filters and for people who talk about it."""
    impact: Impact
    says: str
    """What happens, in one sentence."""
    source: str
    """Where Kubernetes, the provider or Terraform documents it."""
    kinds: tuple[str, ...] = ()
    """Kinds of object it is about; all for none."""
    paths: tuple[str, ...] = ()
    """Fields it is about, each with everything below it; ``*`` stands for one step, the empty tuple for any field."""
    when: "Callable[[FieldChange], bool]" = lambda _: True
    """Whether it is about this very change."""

    def covers(self, kind: str, change: FieldChange) -> bool:
        """Return whether the rule says something about ``change`` of an object of this kind."""
        if self.kinds and kind not in self.kinds:
            return False
        if self.paths and not any(is_below(change.path, pattern) for pattern in self.paths):
            return False
        return self.when(change)


def rule(
    id: str, impact: Impact, kinds: str = "", paths: str = "", *, says: str, source: str,
    when: Callable[[FieldChange], bool] = lambda _: True,
) -> Rule:  # fmt: skip
    """Return a rule; ``kinds`` and ``paths`` are words with spaces between them, as tables of rules have them."""
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
    """Return whether ``path`` is the field that ``pattern`` (``spec.ports.*.port``) names, or lies below it."""
    steps = pattern.split(".")
    return len(path) >= len(steps) and all(step in ("*", found) for step, found in zip(steps, path, strict=False))


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A change with what it does."""

    rule: Rule
    change: FieldChange
    note: str = ""
    """What makes it milder or worse in this case."""

    @property
    def impact(self) -> Impact:
        """The rule's class."""
        return self.rule.impact
