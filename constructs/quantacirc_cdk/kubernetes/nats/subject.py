"""NATS subjects (https://docs.nats.io/nats-concepts/subjects)."""


def tokens(subject: str) -> list[str]:
    """Return the tokens of a subject."""
    return subject.split(".")


def overlaps(one: str, other: str) -> bool:
    """Whether some message has a subject that both of these match."""
    left, right = tokens(one), tokens(other)
    for index in range(max(len(left), len(right))):
        if index >= len(left) or index >= len(right):
            return False
        if ">" in (left[index], right[index]):
            return True
        if "*" not in (left[index], right[index]) and left[index] != right[index]:
            return False
    return True


def literal_prefix(subject: str, length: int) -> tuple[str, ...]:
    """Return the first tokens of a subject, at most ``length``, up to a wildcard."""
    prefix: list[str] = []
    for token in tokens(subject)[:length]:
        if token in ("*", ">"):
            break
        prefix.append(token)
    return tuple(prefix)
