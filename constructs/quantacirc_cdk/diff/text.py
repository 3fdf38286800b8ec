"""A report as text for a terminal: a verdict, then each change once, the worst first."""

import re
import shutil
from collections import Counter
from collections.abc import Iterator

from quantacirc_cdk.diff.access import widened
from quantacirc_cdk.diff.blocks import Block, Field, blocks
from quantacirc_cdk.diff.impact import Impact
from quantacirc_cdk.diff.report import Report
from quantacirc_cdk.diff.values import changed
from quantacirc_cdk.text.english import counted
from quantacirc_cdk.text.terminal import printable

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
    Impact.ROLLING_RESTART: "{objects} {restart}, a few pods at a time",
    Impact.UNAVAILABILITY: "brief unavailability in {objects}",
    Impact.REPLACE: "Terraform replaces {resources}",
    Impact.DESTROY: "Terraform destroys {resources}",
    Impact.RECREATE: "the API will reject {objects}",
    Impact.UNREADABLE: "new pods do not start on the data of {objects}",
    Impact.DATA_LOSS: "data loss possible in {objects}",
    Impact.STATEFUL_DESTROY: "Terraform destroys {resources} that {hold} data",
}


def as_text(report: Report, columns: int | None = None) -> str:
    """Return the report for a terminal of this width, by default that of standard output."""
    if not report.objects:
        return f"{report.before} and {report.after}: no difference\n"
    width = max(40, columns or shutil.get_terminal_size((COLUMNS, 24)).columns)
    lines = [*_wrapped(f"verdict: {verdict(report)}", width), f"{report.before} → {report.after}"]
    mentioned: set[str] = set()
    for block in _all_blocks(report):
        lines += ["", *_block(block, width, mentioned)]
    lines += ["", *_wrapped(summary(report), width)]
    return "\n".join(lines) + "\n"


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
        yield from _many(block, width)
    else:
        yield from _members(block, width)
    for field in block.fields:
        yield from _field(field, width)
    note = f" ({block.note})" if block.note else ""
    yield from _wrapped(f"        {block.impact.value}: {block.rule.says}{note} [{block.rule.id}]", width, 8)
    if block.impact > Impact.IN_PLACE and block.rule.source not in mentioned:
        mentioned.add(block.rule.source)
        yield f"        {block.rule.source}"


def _many(block: Block, width: int) -> Iterator[str]:
    """Yield the numbers of objects of each kind, instead of all names."""
    kinds: Counter[str] = Counter()
    for members in block.members:
        kinds[members.kind] += len(members.names) * len(members.places)
    places = sorted({place for members in block.members for place in members.places})
    named = [f"{kind}*{count}" if count > 1 else kind for kind, count in sorted(kinds.items())]
    yield f"  {sign(block.action)} {kinds.total()} objects: {block.impact.title}"
    yield from _wrapped(f"      {', '.join(named)}", width, 6)
    yield from _wrapped(f"      in {', '.join(places)}", width, 6)


def _members(block: Block, width: int) -> Iterator[str]:
    for members in block.members:
        yield from _wrapped(f"  {sign(block.action)} {members}: {block.impact.title}", width, 4)
        if len(members.names) > 1:
            yield from _wrapped(f"      {', '.join(members.names)}", width, 6)
        yield from _wrapped(f"      in {', '.join(members.places)}", width, 6)


def _field(field: Field, width: int) -> Iterator[str]:
    if field.before is field.after:
        yield from _wrapped(f"      {field.name}", width, 8)
        return
    name, shown = field.name, changed(field.before, field.after, longest=LONGEST)
    if len(shown) == 1 and (inner := re.fullmatch(r"~ (.*?): (.*)", shown[0])):  # One value in a structure.
        name, shown = f"{name}{'' if inner[1].startswith('[') else '.'}{inner[1]}", [inner[2]]
    if len(shown) == 1 and len(line := f"      {printable(name)}: {printable(shown[0])}") <= width:
        yield line
        return
    yield from _wrapped(f"      {name}:", width, 8)
    for each in shown:
        yield from _wrapped(f"        {each}", width, 10)


def _wrapped(text: str, width: int, hanging: int = 2) -> list[str]:
    """Return lines of at most ``width`` columns; a long word breaks after a dot, a slash or another such character."""
    text = printable(text)
    indent = re.match(" *", text)[0]  # type: ignore[index]
    lines, line = [], indent
    for word in text.split():
        parts = [word] if len(word) <= width - hanging else re.findall(r"[^./,:@]*[./,:@]|[^./,:@]+", word)
        for place, part in enumerate(parts):
            space = " " if place == 0 and line.strip() else ""
            if line.strip() and len(line) + len(space) + len(part) > width:
                lines.append(line)
                line, space = " " * hanging, ""
            line += space + part
    return [*lines, line]
