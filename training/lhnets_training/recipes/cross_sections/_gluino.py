"""What the recipes of gluino pairs from NNLL-fast share: outputs, their meaning, and the words of
the cards."""

from __future__ import annotations

from lhnets.format import Conditions, Input, Output, PhysicsUncertainty, SlhaEntry, Truth
from lhnets_datasets.library.manifest import Column, Generator
from lhnets_training.bibtex import select
from lhnets_training.data.table import column
from lhnets_training.labels.supersymmetry.nnllfast import ORDERS, REQUIREMENT

SUBJECT = "2212 2212 > 1000021 1000021"
DEFAULT = "nnll"
LICENCE = "not stated; cite NNLL-fast"
CONDITIONS = Conditions(
    energy=13000.0,
    pdf="PDF4LHC15_nlo_mc and PDF4LHC15_nnlo_mc",
    scheme="threshold resummation of soft and Coulomb gluons with bound states, approximate NNLO",
    scale="gluino mass",
)
REFERENCES = select("Beenakker:2016lwe", "Beenakker:1996ch", "Butterworth:2015oua", "LHCSUSYCSWG")
M_GO = Input(
    name="m_go",
    symbol=r"m_{\tilde g}",
    unit="GeV",
    low=500.0,
    high=3000.0,
    meaning="gluino mass",
    slha=SlhaEntry(block="MASS", entry=(1000021,), absolute=True),
)
M_SQ = Input(
    name="m_sq",
    symbol=r"m_{\tilde q}",
    unit="GeV",
    low=500.0,
    high=3000.0,
    meaning="mass of the ten light squarks, which are degenerate",
    slha=SlhaEntry(block="MASS", entry=(1000001,), absolute=True),
)


def outputs() -> tuple[Output, ...]:
    """Cross sections in pb, then the shifts by scale and by PDF and alpha_s, all positive."""
    central = [
        Output(name=name, unit="pb", meaning=f"cross section at {order}", scale="log", order=order)
        for name, order in ORDERS.items()
    ]
    words = {
        "scale_up": "upward scale shift",
        "scale_down": "downward scale shift",
        "pdf": "PDF and alpha_s shift",
    }
    shifts = [
        Output(
            name=f"{name}_{kind}",
            unit="pb",
            meaning=f"{word} of the cross section at {order}",
            scale="log",
        )
        for name, order in ORDERS.items()
        for kind, word in words.items()
        if (name, kind) != ("lo", "pdf")
    ]
    return (*central, *shifts)


def physics_uncertainty() -> tuple[PhysicsUncertainty, ...]:
    """Scale shifts of each order; PDF and alpha_s, symmetric, where the grid has them."""
    scale = [
        PhysicsUncertainty(
            of=name, source="scale", up=f"{name}_scale_up", down=f"{name}_scale_down"
        )
        for name in ORDERS
    ]
    pdf = [
        PhysicsUncertainty(of=name, source="pdf+alpha_s", up=f"{name}_pdf", down=f"{name}_pdf")
        for name in ORDERS
        if name != "lo"
    ]
    return (*scale, *pdf)


def truth(grid: str) -> Truth:
    """The grid behind the labels; the time NNLL-fast's authors spent on a point is not known."""
    return Truth(
        program="NNLL-fast",
        version="1.1",
        settings={
            "grid": f"{grid}_nnlonnll_pdf4lhc15_13TeV_wpresc",
            "read_from": f"the wheel of {REQUIREMENT}",
            "scale_shifts": "larger and smaller of the shifts at half and twice the gluino mass",
            "pdf_shifts": (
                "PDF and alpha_s, 68 % level, symmetric, given at NLO and NNLO_approx+NNLL"
            ),
        },
        references=("Beenakker:2016lwe", "Beenakker:1996ch", "Butterworth:2015oua"),
    )


def generator(grid: str, recipe: str) -> Generator:
    """The same for the manifest of the data set."""
    return Generator(
        program="NNLL-fast",
        version="1.1",
        settings=truth(grid).settings,
        recipe=recipe,
        tolerance=0.0,
    )


def columns(inputs: tuple[Input, ...]) -> tuple[Column, ...]:
    """Columns of the data set: the inputs, then the outputs."""
    return (
        *(column(i.name, i.unit, i.meaning, "input") for i in inputs),
        *(column(o.name, o.unit, o.meaning, "target" if o.order else "error") for o in outputs()),
    )
