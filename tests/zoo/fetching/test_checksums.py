import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhnets._fetching import checksums as _checksums
from lhnets._fetching.checksums import Checksums


@pytest.mark.parametrize("inline", [0, 10, 1 << 30])
@given(blocks=st.lists(st.binary(max_size=30), max_size=20), asked=st.integers(0, 20))
def test_checksums_are_those_of_the_bytes_at_any_moment(
    inline: int, blocks: list[bytes], asked: int
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(_checksums, "_INLINE", inline)
        checksums = Checksums()
        for k, block in enumerate(blocks):
            checksums.update(block)
            if k == asked:
                assert checksums.sha256 == hashlib.sha256(b"".join(blocks[: k + 1])).hexdigest()
        whole = b"".join(blocks)
        for _ in range(2):
            assert checksums.sha256 == hashlib.sha256(whole).hexdigest()
            assert checksums.md5 == hashlib.md5(whole).hexdigest()
            checksums.close()
        checksums.update(b"more")
        assert checksums.sha256 == hashlib.sha256(whole + b"more").hexdigest()
        checksums.reset()
        assert checksums.sha256 == hashlib.sha256().hexdigest()
        checksums.close()
