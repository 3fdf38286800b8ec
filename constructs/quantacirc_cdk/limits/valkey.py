"""Values that a Valkey server accepts."""

from typing import Literal, TypeAlias

Eviction: TypeAlias = Literal[
    "noeviction",
    "allkeys-lru",
    "allkeys-lfu",
    "allkeys-random",
    "volatile-lru",
    "volatile-lfu",
    "volatile-random",
    "volatile-ttl",
]
"""Eviction policy when the memory is full (https://valkey.io/topics/lru-cache/)."""
