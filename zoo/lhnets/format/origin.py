"""Where a network comes from: truth, data, training, authors."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, field

from lhnets.format.part import Part, Sha256
from lhnets.format.text import whole


class Truth(Part, frozen=True, kw_only=True):
    """The program or publication behind the labels."""

    program: Annotated[
        str, Meta(description="program that computed the labels, or where they were published")
    ]
    version: Annotated[str, Meta(description="version of that program")]
    settings: Annotated[
        dict[str, str], Meta(description="options that the labels depend on, by their names")
    ] = field(default_factory=dict)
    references: Annotated[tuple[str, ...], Meta(description="keys into the card's BibTeX")] = ()
    relative_error: (
        Annotated[float, Meta(description="statistical or numerical error of a label, relative")]
        | None
    ) = None
    no_uncertainty: Annotated[
        str,
        Meta(
            description="why no uncertainty of the truth is given, or what the given ones leave "
            "out, and how large it may be; empty if nothing is known to be missing"
        ),
    ] = ""
    seconds_per_label: (
        Annotated[float, Meta(description="measured time of the program for one label")] | None
    ) = None


class Data(Part, frozen=True, kw_only=True):
    """The data set of the training."""

    name: Annotated[str, Meta(description="name of the data set")]
    sha256: Annotated[Sha256, Meta(description="of the Parquet file")]
    rows: Annotated[int, Meta(description="rows of the table")]
    split: Annotated[
        dict[str, int], Meta(description="rows by their use: train, validation, calibration, test")
    ]
    doi: Annotated[str, Meta(description="only when archived")] | None = None


class Source(Part, frozen=True, kw_only=True):
    """The file that a network was imported from."""

    file: Annotated[str, Meta(description="name of the file, without its folders")]
    sha256: Annotated[Sha256, Meta(description="of that file")]
    format: Annotated[
        str, Meta(description="what it was, such as Keras 3 archive or ONNX, opset 9")
    ]


class Training(Part, frozen=True, kw_only=True):
    """How the network was made: by a recipe (`lhnets train RECIPE` makes it again), or elsewhere
    and imported."""

    recipe: Annotated[str, Meta(description="module under lhnets_training.recipes")] | None = None
    method: Annotated[str, Meta(description="what the model is: network, spline, Gaussian process")]
    framework: Annotated[
        str, Meta(description="library that fitted it: torch, keras, scikit-learn")
    ]
    framework_version: Annotated[str, Meta(description="version of that library")]
    seed: Annotated[int, Meta(description="seed of the random numbers")] | None = None
    hyperparameters: Annotated[
        dict[str, Any], Meta(description="widths, activations, steps, by their names")
    ] = field(default_factory=dict)
    duration: Annotated[float, Meta(description="seconds")] | None = None
    cores: Annotated[int, Meta(description="processor cores that took part")] = 2
    source: (
        Annotated[
            Source, Meta(description="of an imported network: the file that it was read from")
        ]
        | None
    ) = None


class Supersedes(Part, frozen=True, kw_only=True):
    """The earlier version that this one replaces, and what is different.

    The earlier one stays loadable.
    """

    version: Annotated[int, Meta(description="its number", ge=1)]
    values: Annotated[
        str, Meta(description="how the values of both compare, and at how many points")
    ]
    changes: Annotated[
        tuple[str, ...], Meta(description="fields of the card that are not those of that version")
    ] = ()


class Author(Part, frozen=True, kw_only=True):
    """A person to cite."""

    name: Annotated[str, Meta(description="as it is cited")]
    orcid: (
        Annotated[
            str,
            Meta(
                description="from orcid.org, without the address",
                pattern=whole(r"[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9X]"),
            ),
        ]
        | None
    ) = None
    affiliation: Annotated[str, Meta(description="institute")] | None = None
