"""Names of Linux capabilities, as Kubernetes writes them: without ``CAP_``."""

from quantacirc_cdk.errors import nearest

SOURCE = "https://man7.org/linux/man-pages/man7/capabilities.7.html"

NAMES = frozenset(
    "ALL AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH "
    "FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN "
    "NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT "
    "SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM".split()
)


def refusal(name: str) -> str | None:
    """Return None for a capability, or else what was expected."""
    return None if name in NAMES else f"a capability such as {nearest(name.upper().removeprefix('CAP_'), NAMES)}"
