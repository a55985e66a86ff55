from importlib.metadata import EntryPoint

import pytest

import lhnets as ml
from lhnets.extras import NAMES_GROUP, added, load_added


def test_names_that_the_extras_add_are_known():
    assert {"dataset", "publish"} <= set(added(NAMES_GROUP))


def test_an_absent_extra_is_named(monkeypatch):
    def absent(self):
        raise ModuleNotFoundError("No module named 'pyarrow'", name="pyarrow")

    entry_point = added(NAMES_GROUP)["dataset"]
    monkeypatch.setattr(type(entry_point), "load", absent)
    with pytest.raises(
        ml.MissingExtraError,
        match=r"`dataset` needs the extra \[datasets\].*pip install 'lhnets\[datasets\]'",
    ):
        load_added(entry_point)


def test_other_import_errors_are_not_hidden():
    with pytest.raises(ModuleNotFoundError):
        load_added(EntryPoint("x", "no_such_package:x", NAMES_GROUP))
