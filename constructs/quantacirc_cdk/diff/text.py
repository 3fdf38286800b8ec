"""A report as text for a terminal: a verdict, then each change once, the worst first."""

import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator

from quantacirc_cdk.diff.access import widened
from quantacirc_cdk.diff.blocks import Block, Field, blocks
from quantacirc_cdk.diff.impact import Impact
from quantacirc_cdk.diff.report import Report
from quantacirc_cdk.diff.values import changed
from quantacirc_cdk.text.english import counted
from quantacirc_cdk.text.terminal import printable, wrapped

COLUMNS = 120
"""Width of output that goes to no terminal."""
LONGEST = 200
"""Maximum length of an item of a list, which is wrapped; longer ones are cut."""
MOST_MEMBERS = 3
"""Groups of objects that a harmless change lists by name."""
_VERDICTS = {
    Impact.NO_OP: "nothing that runs is affected",
    Impact.IN_PLACE: "Terraform updates {resources} in place; no pod restarts",
    Impact.WIDENS_ACCESS: "nothing is interrupted, but {objects} {allow} more than before",
    Impact.WEAKER_DELIVERY: "nothing is interrupted, but the delivery of {objects} is weaker than before",
    Impact.ROLLING_RESTART: "{objects} {restart}, a few pods at a time",
    Impact.UNAVAILABILITY: "brief unavailability in {objects}",
    Impact.REPLACE: "Terraform replaces {resources}",
    Impact.DESTROY: "Terraform destroys {resources}",
    Impact.RECREATE: "the API will reject {objects}",
    Impact.UNREADABLE: "new pods do not start on the data of {objects}",
    Impact.DATA_LOSS: "data loss possible in {objects}",
    Impact.STATEFUL_DESTROY: "Terraform destroys {resources} that {hold} data",
}


def as_text(report: Report, columns: int | None = None, paint: Callable[[str], str] = str) -> str:
    """Return the report for a terminal of this width, by default that of standard output.

    ``paint`` adds the colours, before the lines are wrapped.
    """
    if not report.objects:
        return f"{report.before} and {report.after}: no difference\n"
    width = max(40, columns or shutil.get_terminal_size((COLUMNS, 24)).columns)
    lines = [f"verdict: {verdict(report)}", f"{report.before} → {report.after}"]
    mentioned: set[str] = set()
    for block in _all_blocks(report):
        lines += ["", *_block(block, width, mentioned)]
    lines += ["", summary(report)]
    return wrapped(paint("\n".join(printable(line) for line in lines)), width) + "\n"


def verdict(report: Report) -> str:
    """Return the worst effect, and whether access is widened, in one sentence."""
    worst = [item for item in report.objects if item.impact == report.impact]
    count = len(worst)
    only = f"{worst[0].name} in {worst[0].place}" if count == 1 else ""
    said = _VERDICTS[report.impact].format(
        objects=only or f"{count} objects", resources=only or f"{count} resources",
        **{verb: verb if count > 1 else f"{verb}s" for verb in ("allow", "restart", "hold")},
    )  # fmt: skip
    more = len(widened(report).objects)
    if not more or report.impact == Impact.WIDENS_ACCESS:
        return said
    return f"{said}; access is widened in {counted(more, 'object')}"


def counts(report: Report) -> list[tuple[Impact, int]]:
    """Return the number of objects of each class, the worst first."""
    found = Counter(item.impact for item in report.objects)
    return [(impact, found[impact]) for impact in reversed(Impact) if found[impact]]


def summary(report: Report) -> str:
    """Return the number of objects, and of those of each class."""
    said = ", ".join(f"{count} {impact.title}" for impact, count in counts(report))
    noun = "object differs" if len(report.objects) == 1 else "objects differ"
    return f"{len(report.objects)} {noun}: {said}"


def sign(action: str) -> str:
    """Return the sign of an added, removed or changed object."""
    return {"added": "+", "removed": "-", "changed": "~"}[action]


def _all_blocks(report: Report) -> list[Block]:
    """Return the blocks of the report, and those that widen access beside a worse effect."""
    own = blocks(report)
    known = {block.rule.id for block in own}
    more = [block for block in blocks(widened(report)) if block.rule.id not in known]
    return sorted([*own, *more], key=lambda block: -list(Impact).index(block.impact))


def _block(block: Block, width: int, mentioned: set[str]) -> Iterator[str]:
    if len(block.members) > MOST_MEMBERS and block.action == "changed" and block.impact == Impact.NO_OP:
        yield from _many(block)
    else:
        yield from _members(block)
    for field in block.fields:
        yield from _field(field, width)
    note = f" ({block.note})" if block.note else ""
    yield f"        {block.impact.value}: {block.rule.says}{note} [{block.rule.id}]"
    if block.impact > Impact.IN_PLACE and block.rule.source not in mentioned:
        mentioned.add(block.rule.source)
        yield f"        {block.rule.source}"


def _many(block: Block) -> Iterator[str]:
    """Yield the numbers of objects of each kind, instead of all names."""
    kinds: Counter[str] = Counter()
    for members in block.members:
        kinds[members.kind] += len(members.names) * len(members.places)
    places = sorted({place for members in block.members for place in members.places})
    named = [f"{kind}*{count}" if count > 1 else kind for kind, count in sorted(kinds.items())]
    yield f"  {sign(block.action)} {kinds.total()} objects: {block.impact.title}"
    yield f"      {', '.join(named)}"
    yield f"      in {', '.join(places)}"


def _members(block: Block) -> Iterator[str]:
    for members in block.members:
        yield f"  {sign(block.action)} {members}: {block.impact.title}"
        if len(members.names) > 1:
            yield f"      {', '.join(members.names)}"
        yield f"      in {', '.join(members.places)}"


def _field(field: Field, width: int) -> Iterator[str]:
    """Yield the change of a field: in one line if it fits, or below the field's name."""
    if field.before is field.after:
        yield f"      {field.name}"
        return
    name, shown = field.name, changed(field.before, field.after, longest=LONGEST)
    if len(shown) == 1 and (inner := re.fullmatch(r"~ (.*?): (.*)", shown[0])):  # One value in a structure.
        name, shown = f"{name}{'' if inner[1].startswith('[') else '.'}{inner[1]}", [inner[2]]
    if len(shown) == 1 and len(printable(line := f"      {name}: {shown[0]}")) <= width:
        yield line
        return
    yield f"      {name}:"
    yield from (f"        {each}" for each in shown)
