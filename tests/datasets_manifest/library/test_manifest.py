import jsonschema
import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lhnets.format import Author, find_text_problem
from lhnets_datasets.errors import DataSetNotFoundError, ManifestError
from lhnets_datasets.library import collection as library
from lhnets_datasets.library.manifest import Column, File, Generator, Manifest, json_schema

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30).filter(
    lambda text: not find_text_problem(text)
)
CITATIONS = st.dictionaries(
    st.from_regex("[a-z]{1,9}", fullmatch=True), st.just(""), max_size=2
).map(lambda keys: {key: f"@misc{{{key}, title = {{A title}}}}" for key in keys})
HEX = st.text("0123456789abcdef", min_size=64, max_size=64)


def changed(**fields: object) -> bytes:
    manifest = {
        "name": "x",
        "title": "X",
        "description": "",
        "available": "archived",
        "licence": "CC0-1.0",
        "authors": [],
        "files": [{"name": "a.csv"}],
        "doi": "10.5281/zenodo.1",
        **fields,
    }
    return yaml.safe_dump({k: v for k, v in manifest.items() if v is not None}).encode()


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        (
            {"doi": "https://doi.org/10.5281/zenodo.1"},
            r"not a bare DOI \(write 10\.5281/zenodo\.1\)",
        ),
        ({"doi": "see below"}, "'see below' is not a bare DOI"),
        ({"doi": None}, "archived but has no doi"),
        ({"files": [{"name": "../a"}]}, "'../a' is not a plain name"),
        ({"files": [{"name": "a"}, {"name": "a"}]}, "file 'a' appears twice"),
        ({"available": "bundled"}, "'a.csv' has no sha256"),
        ({"available": "bundled", "files": []}, "names no file"),
        ({"available": "rebuilt"}, "names no recipe"),
        ({"available": "somewhere"}, r"Invalid enum value 'somewhere' - at `\$\.available`"),
        ({"colour": "red"}, "unknown field `colour`"),
        ({"name": "No Name"}, r"at `\$\.name`"),
        ({"files": [{"name": "a", "md5": "short"}]}, r"at `\$\.files\[0\]\.md5`"),
    ],
)
def test_a_wrong_manifest_says_where(fields: dict[str, object], says: str) -> None:
    with pytest.raises(ManifestError, match=says):
        Manifest.from_yaml(changed(**fields), "x.yaml")


def test_text_that_is_no_yaml() -> None:
    with pytest.raises(ManifestError, match=r"the manifest x\.yaml does not follow its schema"):
        Manifest.from_yaml(b"a: [", "x.yaml")


@given(
    st.builds(
        Manifest,
        name=st.just("some-set"),
        title=TEXT,
        description=TEXT,
        available=st.just("rebuilt"),
        licence=TEXT,
        authors=st.lists(st.builds(Author, name=TEXT), max_size=2).map(tuple),
        files=st.just(())
        | st.tuples(
            st.builds(File, name=st.just("a.parquet"), size=st.integers(0, 10**12), sha256=HEX)
        ),
        rows=st.none() | st.integers(0, 10**9),
        columns=st.just(()) | st.tuples(st.builds(Column, name=TEXT, unit=TEXT, meaning=TEXT)),
        generator=st.builds(
            Generator,
            program=TEXT,
            version=TEXT,
            recipe=st.just("some"),
            seed=st.none() | st.integers(),
        ),
        references=CITATIONS,
    )
)
def test_a_manifest_survives_its_yaml(manifest: Manifest) -> None:
    assert Manifest.from_yaml(manifest.to_yaml(), "some-set.yaml") == manifest


def test_the_size_of_a_set_is_known_when_that_of_each_file_is() -> None:
    manifest = Manifest.from_yaml(
        changed(files=[{"name": "a", "size": 2}, {"name": "b", "size": 3}]), ""
    )
    assert manifest.size == 5
    assert Manifest.from_yaml(changed(), "").size is None
    assert Manifest.from_yaml(changed(files=[]), "").size is None


@pytest.mark.parametrize("name", sorted(library.sources()))
def test_every_shipped_manifest_follows_the_schema(name: str) -> None:
    manifest = library.get(name)
    jsonschema.validate(
        msgspec.json.decode(msgspec.json.encode(manifest)),
        json_schema(),
        jsonschema.Draft202012Validator,
    )
    assert manifest.title
    assert manifest.licence
    assert manifest.authors
    for column in manifest.columns:
        assert column.unit, column.name
        assert column.meaning, column.name


@pytest.mark.parametrize("name", sorted(library.sources()))
def test_a_shipped_manifest_that_was_made_here_says_how(name: str) -> None:
    manifest = library.get(name)
    if manifest.available != "archived":
        assert manifest.generator is not None
        assert manifest.generator.program
        assert manifest.generator.version


def test_a_file_and_its_set_have_one_name(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "other.yaml").write_bytes(changed())
    monkeypatch.setenv("LHNETS_MANIFESTS", str(tmp_path))
    with pytest.raises(ManifestError, match="file and set have one name"):
        library.get("other")


def test_a_folder_of_own_manifests_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LHNETS_MANIFESTS", "/nowhere/at/all")
    with pytest.raises(ManifestError, match="which is not a folder"):
        library.manifests()


def test_a_set_is_found_by_both_its_dois() -> None:
    assert (
        library.find("10.5281/zenodo.2629072")
        == library.find("10.5281/zenodo.6466204")
        == library.get("lhco2020-rnd")
    )
    assert library.find("10.5281/zenodo.1") is None
    with pytest.raises(DataSetNotFoundError, match="did you mean top-tagging-reference"):
        library.get("top-tagging")
