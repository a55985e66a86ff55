import pytest

from lhnets import Network


@pytest.fixture(scope="module")
def net(sealed_file, tmp_path_factory):
    path = tmp_path_factory.mktemp("net") / "x.onnx"
    path.write_bytes(sealed_file)
    return Network(sealed_file, path)
