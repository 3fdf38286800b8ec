"""What the property of texts proved, from all processes that ran a part of it."""

from collections import Counter

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    back: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    seeds = set()
    for report in terminalreporter.stats.get("passed", []):
        for name, (seed, here, not_here) in (one for one in report.user_properties if one[0] == "texts"):
            assert name == "texts"
            seeds.add(seed)
            back.update(here)
            refused.update(not_here)
    if not seeds:
        return
    only_refused = Counter({name: count for name, count in refused.items() if name not in back})
    for line in (
        f"{len(back + refused)} fields; {_fewest(back)} came back from every output",
        f"{_fewest(only_refused)} were refused with file and line",
        f"{refused.total() - only_refused.total()} texts of the fields that take some were refused likewise",
        f"TEXT_SEED={', '.join(map(str, sorted(seeds)))}",
    ):
        terminalreporter.write_line(line)


def _fewest(counts: Counter[str]) -> str:
    """Return how many texts there were, and how few a field had at least."""
    name, fewest = counts.most_common()[-1] if counts else ("none", 0)
    return f"{counts.total()} texts of {len(counts)} fields, {fewest} or more each ({name}),"
