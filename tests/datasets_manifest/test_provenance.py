import msgspec
import pytest
from rich.console import Console

from lhnets import search
from lhnets._finding.zoo import default
from lhnets.format import Card, Data, Source, Training
from lhnets_datasets import provenance
from lhnets_datasets.library import collection as library
from lhnets_datasets.library.manifest import Manifest

BUNDLED = [
    n
    for n, m in library.manifests().items()
    if m.available == "bundled" and m.generator and m.generator.recipe
]


class _Card(msgspec.Struct):
    """The parts of a card that the chain is made of."""

    identity: str
    data: Data | None
    training: Training


def card_of(manifest: Manifest, **data: object) -> Card:
    described = {
        "name": manifest.name,
        "sha256": manifest.files[0].sha256,
        "rows": manifest.rows,
        "split": {"train": 1},
    }
    training = Training(
        recipe="some_recipe",
        method="network",
        framework="torch",
        framework_version="2",
        seed=3,
        duration=1.0,
    )
    return _Card("some-network@1", Data(**{**described, **data}), training)  # type: ignore[arg-type, return-value]


@pytest.fixture
def manifest() -> Manifest:
    if not BUNDLED:
        pytest.skip("no data set is bundled")
    return library.get(BUNDLED[0])


def test_a_chain_from_the_network_to_the_generator(manifest: Manifest) -> None:
    chain = provenance(card_of(manifest))
    assert chain.complete, chain.gaps
    assert [s.name for s in chain.steps] == [
        "some_recipe",
        manifest.name,
        manifest.generator.program,
    ]  # type: ignore[union-attr]
    text = str(chain)
    for expected in (
        "seed: 3",
        manifest.files[0].sha256,
        "not archived yet",
        "lhnets train some-recipe",
    ):
        assert str(expected) in text
    console = Console(width=200, record=True, file=open("/dev/null", "w"))  # noqa: PTH123, SIM115
    console.print(chain)
    console.file.close()
    assert "made by" in console.export_text()


@pytest.mark.parametrize(
    ("data", "gap"),
    [
        ({"name": "no-such-set"}, "no manifest describes the data set no-such-set"),
        ({"sha256": "0" * 64}, "names another"),
        ({"rows": 1}, "has 1 rows"),
    ],
)
def test_gaps_are_named(manifest: Manifest, data: dict[str, object], gap: str) -> None:
    chain = provenance(card_of(manifest, **data))
    assert not chain.complete
    assert any(gap in g for g in chain.gaps)
    assert "gap: " in str(chain)


def test_an_imported_network_says_where_it_comes_from_and_what_is_not_known(
    manifest: Manifest,
) -> None:
    source = Source(file="model.h5", sha256="1" * 64, format="Keras 2 weights")
    training = Training(method="network", framework="keras", framework_version="2", source=source)
    chain = provenance(_Card("theirs@1", None, training))  # type: ignore[arg-type]
    assert [(s.kind, s.name) for s in chain.steps] == [("imported from", "model.h5")]
    assert chain.gaps == ("the training data are not published, or not known",)
    assert "lhnets train" not in str(chain)
    known = provenance(msgspec.structs.replace(card_of(manifest), training=training))  # type: ignore[type-var]
    assert known.complete, known.gaps


NETWORKS = [e.name for e in search()]


@pytest.mark.parametrize("name", NETWORKS)
def test_the_chain_of_every_bundled_network_is_complete(name: str) -> None:
    assert provenance(default().card(name)).gaps == ()
