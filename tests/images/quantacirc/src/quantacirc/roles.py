"""What a process of this system can be."""

AGENTS = (
    "bose-boost",
    "fluctua-test",
    "hydro-spread",
    "london-link",
    "pauli-guard",
    "phonon-flow",
    "planck-forge",
    "schrodinger-dev",
    "tunnel-fix",
    "uncertain-ai",
)
ORCHESTRATOR = "orchestrator"
EXPORTER = "exporter"
ANOMALY_DETECTOR = "anomaly-detector"
