import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhnets_datasets.doi import Doi
from lhnets_datasets.errors import UnsafeNameError
from lhnets_datasets.names import checked, is_safe


@pytest.mark.parametrize(
    "written",
    [
        "10.5281/zenodo.3547721",
        "doi:10.5281/zenodo.3547721",
        "https://doi.org/10.5281/Zenodo.3547721/",
        " DOI: 10.5281/ZENODO.3547721",
        "https://zenodo.org/records/3547721",
        "zenodo:3547721",
    ],
)
def test_all_spellings_are_one_doi(written: str) -> None:
    assert Doi.parse(written) == Doi("10.5281/zenodo.3547721")


@pytest.mark.parametrize(
    "text", ["", "cs-gluino-pair-lo", "10.5281", "https://zenodo.org/communities/1", "10.5281/a b"]
)
def test_what_is_no_doi(text: str) -> None:
    assert Doi.parse(text) is None


@pytest.mark.parametrize(
    ("text", "archive"),
    [
        ("10.5281/zenodo.1", "zenodo"),
        ("10.5072/zenodo.1", "zenodo-sandbox"),
        ("10.6084/m9.figshare.1.v1", "figshare"),
        ("10.7910/dvn/abc", "dataverse"),
        ("10.17182/hepdata.90607.v3", "hepdata"),
        ("10.5281/other.1", "other"),
    ],
)
def test_the_archive_of_a_doi(text: str, archive: str) -> None:
    assert Doi(text).archive == archive


@given(st.text(max_size=300))
def test_a_safe_name_stays_in_its_folder(
    tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    folder = tmp_path_factory.getbasetemp()
    if is_safe(name):
        assert (folder / name).parent == folder
        assert (folder / name).name == name
        assert "\0" not in name
    else:
        with pytest.raises(UnsafeNameError):
            checked(name, "a server")
