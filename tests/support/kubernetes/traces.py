"""What an OpenTelemetry SDK sends that knows nothing but its environment variables.

Run by itself, with the Python of ``.tools/opentelemetry``, it takes traces on the loopback address as a collector does,
runs a process with the variables that it reads, and prints what that process is and did.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

TRACED = """
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(provider)
with trace.get_tracer("worker").start_as_current_span("task"):
    pass
provider.shutdown()
"""


def exported(variables: Mapping[str, str], endpoint: str) -> dict[str, Any]:
    """Return the resource and the spans that a process with these variables sends to ``endpoint``, host and port."""
    from support.tools import TOOLS, require_file

    python = require_file(TOOLS / "opentelemetry" / "bin" / "python", "run tools/fetch_environments.py")
    told = json.dumps({"endpoint": endpoint, "variables": dict(variables)})
    command = [str(python), str(Path(__file__))]
    run = subprocess.run(command, input=told, capture_output=True, text=True, timeout=60, check=True)
    return dict(json.loads(run.stdout))


def main() -> int:
    """Take traces in place of the collector."""
    import grpc
    from opentelemetry.proto.collector.trace.v1 import (  # type: ignore[import-not-found]
        trace_service_pb2,
        trace_service_pb2_grpc,
    )

    told, requests = json.load(sys.stdin), []

    class Collector(trace_service_pb2_grpc.TraceServiceServicer):  # type: ignore[misc]
        def Export(self, request: Any, context: Any) -> Any:  # noqa: N802 (the name of the method)
            requests.append(request)
            return trace_service_pb2.ExportTraceServiceResponse()

    server = grpc.server(ThreadPoolExecutor(1))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(Collector(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    variables = {key: value.replace(told["endpoint"], f"127.0.0.1:{port}") for key, value in told["variables"].items()}
    subprocess.run([sys.executable, "-c", TRACED], env=variables, check=True, timeout=50, stdout=sys.stderr)
    server.stop(0)
    (spans,) = requests[0].resource_spans
    found = {one.key: one.value.string_value for one in spans.resource.attributes}
    print(json.dumps({"resource": found, "spans": [one.name for scope in spans.scope_spans for one in scope.spans]}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
