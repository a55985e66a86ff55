"""What a model that runs code may do to its author, who trusted it."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from lhnets_registry.isolation import sandbox
from lhnets_training.importing import errors
from lhnets_training.importing.reading import opened
from lhnets_training.importing.source import Tensor

WANTED = (Tensor("x", "float64", ("N", 2)),)


class Attack:
    """Runs code when it is unpickled; what happens there is the error that the author sees."""

    def __init__(self, code: str) -> None:
        self.code = code

    def __reduce__(self) -> Any:
        return exec, (self.code,)


ATTEMPTS = (
    "open('{secret}').read()",
    "open(f'/proc/{{os.getppid()}}/environ', 'rb').read()",
    "open(f'/proc/{{os.getppid()}}/mem', 'rb').read(1)",
    "open('{secret}', 'w')",
    "os.chmod('{secret}', 0o777)",
    "socket.socket()",
    "os.kill(os.getppid(), 0)",
    "subprocess.run(['/bin/true'])",
)


def test_a_trusted_pickle_reaches_nothing_of_its_author(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not confine_in_a_child():
        pytest.skip("the kernel has not both Landlock and seccomp")
    secret = tmp_path / ".ssh" / "id_ed25519"
    secret.parent.mkdir()
    secret.write_text("kept")
    monkeypatch.setenv("LHNETS_TEST_SECRET", "hunter2")
    code = (
        "import os, socket, subprocess\nmade = []\n"
        f"for c in {[a.format(secret=secret) for a in ATTEMPTS]!r}:\n"
        " try: eval(c); made.append(c)\n except PermissionError: pass\n"
        "raise RuntimeError(f'made {made}, {sorted(os.environ)}')\n"
    )
    model = tmp_path / "model.pkl"
    model.write_bytes(pickle.dumps(Attack(code)))
    with pytest.raises(errors.ModelError) as refused, opened([model], WANTED, trust=True):
        pass
    assert "made []" in str(refused.value)
    assert "LHNETS_TEST_SECRET" not in str(refused.value)
    assert secret.read_text() == "kept"
    assert secret.stat().st_mode & 0o777 != 0o777


def confine_in_a_child() -> bool:
    """Whether the kernel has both layers."""
    code = "from lhnets_registry.isolation.confinement import confine; print(confine())"
    said = sandbox.run(["-c", code], b"", deadline=60.0, output_bytes=1000).output.decode()
    return "Landlock " in said and "seccomp: " in said
