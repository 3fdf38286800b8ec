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
    every = back + refused
    name, count = every.most_common()[-1]
    for line in (
        f"{len(every)} fields had {every.total()} texts, {count} or more each ({name})",
        f"{back.total()} texts of {len(back)} fields came back from every output",
        f"{refused.total()} texts of {len(refused)} fields were refused with file and line",
        f"TEXT_SEED={', '.join(map(str, sorted(seeds)))}",
    ):
        terminalreporter.write_line(line)
