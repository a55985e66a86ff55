import numpy as np

from lhnets._running.chunks import CHUNK, rows_at_once


def test_rows_are_taken_by_their_bytes():
    wide = {"jets": np.zeros((10, 30, 60), np.float32)}
    assert rows_at_once({"parameters": np.zeros((10, 4))}) == CHUNK
    assert rows_at_once(wide) == 2**20 // (30 * 60 * 4)
    assert rows_at_once({"image": np.zeros((2, 1000, 1000))}) == 16
