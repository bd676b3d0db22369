"""Other processes of a measurement: started, asked what they cost, ended. Nothing outlives its block."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks import ROOT

_PEAK = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=sys.stderr).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""


@contextlib.contextmanager
def running(
    *command: str,
    folder: Path = ROOT,
    environment: Mapping[str, str] | None = None,
    program: str = sys.executable,
) -> Iterator[subprocess.Popen[str]]:
    """`python command …`, or another program, until the block ends."""
    process = subprocess.Popen(
        [program, *command], cwd=folder, env=bare(environment or {}), text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        process.communicate()


def said(process: subprocess.Popen[str]) -> str:
    """Its next line. Raises RuntimeError if it ended instead."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"{process.args} ended early with {process.wait()}")
    return line.strip()


def tell(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def done(*command: str, program: str) -> None:
    """Run it to its end. Raises RuntimeError if it fails."""
    ended = subprocess.run(
        [program, *command], cwd=ROOT, env=bare({}), text=True, capture_output=True, check=False
    )
    if ended.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: {ended.stderr[-2000:]}")


def peak(*command: str, folder: Path, environment: Mapping[str, str]) -> tuple[float, str]:
    """Run `python command …`; its peak memory in MB, and all it printed. Raises RuntimeError if it fails.

    A small process stands between: ru_maxrss of a child begins at what its parent held when it was started.
    """
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _PEAK, sys.executable, *command],
        cwd=folder, env=bare(environment), text=True, capture_output=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: {done.stderr[-2000:]}")
    return int(done.stdout) / 1024, done.stderr


def bare(more: Mapping[str, str]) -> dict[str, str]:
    """Only what a program needs, so that no setting of the person who measures changes the outcome."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT), **more}


def cpu_seconds(pid: int) -> float:
    """What a process has used so far, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident() -> float:
    """MB of memory that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def peak_so_far() -> float:
    """MB of memory that this process held at most since its program began."""
    line = next(
        line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")
    )
    return int(line.split()[1]) / 1024
