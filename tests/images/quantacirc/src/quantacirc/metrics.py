"""The metrics every process serves; names follow https://prometheus.io/docs/practices/naming/."""

from prometheus_client import Counter, Gauge, Histogram

READY = Gauge("quantacirc_ready", "Whether the process can take work.")
CONNECTED = Gauge("quantacirc_dependency_connected", "Whether a dependency answers.", ["dependency"])
TASKS = Counter("quantacirc_tasks", "Tasks handled.", ["agent", "outcome"])
IN_FLIGHT = Gauge("quantacirc_tasks_in_flight", "Tasks being worked on.", ["agent"])
SECONDS = Histogram("quantacirc_task_duration_seconds", "Time a task took.", ["agent"])
HEARD = Counter("quantacirc_messages_consumed", "Messages taken from the bus.", ["subject"])
RUNS = Gauge("quantacirc_runs", "Runs in the ledger.", ["agent", "status"])
ANOMALIES = Counter("quantacirc_anomalies", "Tasks that took far longer than the agent's tasks do.", ["agent"])
