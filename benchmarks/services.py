"""Whether a thousand ``GeneratedService``s take ten times as long as a hundred: ``python benchmarks/services.py``.

Processor time of Python and of Node.js, so that other work on the machine counts little; each number from processes
of its own, after a few services to warm up, so that start-up is left out.
"""

import subprocess
import sys
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "constructs"))

RUNS = 3
FEW, MANY, LIMIT = 100, 1000, 11


def create(count: int) -> None:
    """Create and synthesize this many services."""
    from quantacirc_cdk.kubernetes import GeneratedService, GeneratedServiceProps
    from quantacirc_cdk.kubernetes.engine import Construct, cdk8s

    chart = cdk8s.Testing.chart()
    for index in range(count):
        props = GeneratedServiceProps(
            name=f"s{index}", image="x:1", host=f"s{index}.example", health_path="/health", metrics_port=9090
        )
        GeneratedService(Construct(chart, f"{index}"), "x", props)
    cdk8s.Testing.synth(chart)


def spent() -> float:
    """Return the processor seconds of this process and its children so far."""
    own = psutil.Process()
    times = [process.cpu_times() for process in (own, *own.children(recursive=True))]
    return sum(time.user + time.system for time in times)


def best(count: int) -> float:
    """Return the least processor time of several processes."""
    command = [sys.executable, __file__, str(count)]
    return min(float(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(RUNS))


def main() -> int:
    if len(sys.argv) > 1:
        create(20)
        began = spent()
        create(int(sys.argv[1]))
        print(spent() - began)
        return 0
    few, many = best(FEW), best(MANY)
    print(f"{FEW:>5} services  {few:6.2f} s  {1000 * few / FEW:5.2f} ms each")
    print(f"{MANY:>5} services  {many:6.2f} s  {1000 * many / MANY:5.2f} ms each")
    print(f"ratio           {many / few:6.2f}    limit {LIMIT}")
    return int(many > LIMIT * few)


if __name__ == "__main__":
    sys.exit(main())
