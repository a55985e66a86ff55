"""Compare the locked packages with the advisories of PyPI and OSV, by pip-audit.

    python .ci/audit.py PIP_AUDIT

Ends with 1 where a package has a known vulnerability. Where the index of advisories cannot be
reached it says so and ends with 0: the scan is skipped.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).parents[1] / "constraints.lock"


def main(program: str) -> int:
    """Run pip-audit and print what it found."""
    done = subprocess.run(
        [program, "--no-deps", "--disable-pip", "--format", "json", "-r", str(LOCK)],
        capture_output=True,
        text=True,
        check=False,
    )
    lines, code = judge(done.stdout, done.stderr)
    print("\n".join(lines))
    return code


def judge(output: str, error: str) -> tuple[list[str], int]:
    """What to print, and the exit code, from what pip-audit wrote."""
    try:
        packages = json.loads(output)["dependencies"]
    except (ValueError, KeyError):
        last = (error.strip().splitlines() or ["it wrote nothing"])[-1]
        return [f"skipped: the advisories cannot be reached: {last[:300]}"], 0
    looked_at = [p for p in packages if "skip_reason" not in p]
    if not looked_at:
        return [f"skipped: none of {len(packages)} packages is known to the index of advisories"], 0
    known = [
        f"{p['name']} {p['version']}: {v['id']}, fixed in {', '.join(v['fix_versions']) or 'none'}"
        for p in looked_at
        for v in p.get("vulns", ())
    ]
    skipped = len(packages) - len(looked_at)
    told = (
        f"{len(looked_at)} packages looked at, {skipped} unknown to the index, {len(known)} known"
    )
    return [*known, f"{told} vulnerabilities"], int(bool(known))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
