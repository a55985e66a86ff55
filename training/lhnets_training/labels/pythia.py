"""Leading-order cross sections of coloured pairs from Pythia 8 itself, as an independent check of other labels.

C. Bierlich et al., SciPost Phys. Codeb. 2022, 8. Only the hard process is generated; PDF set, strong coupling and scales
are set to those of the calculation that is checked.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lhnets._errors import Error

MB_PB = 1e9
DECOUPLED = 1e4
SQUARKS = tuple(family + flavour for family in (1000000, 2000000) for flavour in range(1, 7))
OTHERS = (
    *(side + flavour for side in (1000010, 2000010) for flavour in (1, 3, 5)),
    1000012, 1000014, 1000016, 1000022, 1000023, 1000024, 1000025, 1000035, 1000037, 35, 36, 37,
)  # fmt: skip
NNPDF31_NLO_LUXQED = 19
"""Number of NNPDF31_nlo_as_0118_luxqed in Pythia's own list of PDF sets."""
NO_YUKAWA = 1e-6
"""Coupling of the leptoquark to a quark and a lepton, small enough that it is on its mass shell and no lepton is exchanged."""
FIVE_FLAVOURS = ("StandardModel:alphaSnfmax = 5", "PhaseSpace:useBreitWigners = off")
"""alpha_s as in a PDF set of five flavours, and particles on their mass shells."""

_SETTINGS = (
    "Print:quiet = on",
    "PartonLevel:all = off",
    "HadronLevel:all = off",
    "ProcessLevel:resonanceDecays = off",
    "SLHA:verbose = 0",
    f"PDF:pSet = {NNPDF31_NLO_LUXQED}",
    "SigmaProcess:alphaSvalue = 0.118",
    "SigmaProcess:alphaSorder = 2",
    "SigmaProcess:renormScale2 = 5",
    "SigmaProcess:factorScale2 = 5",
    "Random:setSeed = on",
)


class PythiaError(Error, RuntimeError):
    """Pythia 8 is absent, or did not start with the settings."""


@dataclass(frozen=True)
class CrossSection:
    """A cross section and its statistical error, both in pb."""

    value: float
    error: float


def gluino_pair(m_go: float, m_sq: float, sqrt_s: float, mu_over_m: float, *, events: int, seed: int) -> CrossSection:
    """p p -> gluino gluino with ``events`` accepted events; masses and energy in GeV.

    The error is about 0.5/sqrt(events). Pythia takes squark masses from the SLHA spectrum: all twelve at ``m_sq``.

    Raises
    ------
    PythiaError
        where pythia8mc is not installed, or Pythia refuses the settings.
    """
    settings = (*_at(sqrt_s, mu_over_m * m_go, seed), "SUSY:gg2gluinogluino = on", "SUSY:qqbar2gluinogluino = on")
    return _run(settings, spectrum(m_go, m_sq), events)


def leptoquark_pair(m: float, sqrt_s: float, mu_over_m: float, *, events: int, seed: int) -> CrossSection:
    """p p -> a scalar leptoquark and its antiparticle by QCD alone, with five flavours in alpha_s; errors as above."""
    processes = ("LeptoQuark:gg2LQLQbar = on", "LeptoQuark:qqbar2LQLQbar = on", f"LeptoQuark:kCoup = {NO_YUKAWA}")
    return _run((*_at(sqrt_s, mu_over_m * m, seed), *FIVE_FLAVOURS, *processes, f"42:m0 = {m}"), None, events)


def top_pair(m: float, sqrt_s: float, mu_over_m: float, *, events: int, seed: int) -> CrossSection:
    """p p -> t tbar on the mass shell, with five flavours in alpha_s; errors as above."""
    processes = ("Top:gg2ttbar = on", "Top:qqbar2ttbar = on", f"6:m0 = {m}")
    return _run((*_at(sqrt_s, mu_over_m * m, seed), *FIVE_FLAVOURS, *processes), None, events)


def _at(sqrt_s: float, scale: float, seed: int) -> tuple[str, ...]:
    return (
        *_SETTINGS,
        f"Beams:eCM = {sqrt_s}",
        f"SigmaProcess:renormFixScale = {scale**2}",
        f"SigmaProcess:factorFixScale = {scale**2}",
        f"Random:seed = {seed}",
    )


def spectrum(m_go: float, m_sq: float) -> str:
    """An SLHA spectrum with degenerate squarks, everything else at 10 TeV, no mixing, and a gluino on its mass shell."""
    masses = {**dict.fromkeys(OTHERS, DECOUPLED), 25: 125.0, 1000021: m_go, **dict.fromkeys(SQUARKS, m_sq)}
    blocks = [
        _block("MODSEL", ["1 0"]),
        _block("SMINPUTS", ["1 127.9", "2 1.16637e-05", "3 0.118", "4 91.1876", "5 4.18", "6 172.5", "7 1.77686"]),
        _block("MINPAR", ["3 10"]),
        _block("MASS", [f"{pdg} {mass:.10e}" for pdg, mass in masses.items()]),
        _block("NMIX", _unit(4)),
        *(_block(name, _unit(2)) for name in ("UMIX", "VMIX", "STOPMIX", "SBOTMIX", "STAUMIX")),
        _block("ALPHA", ["-0.1"]),
        _block("HMIX Q=1000", ["1 5000", "2 10"]),
        *(_block(f"{name} Q=1000", ["1 1 0", "2 2 0", "3 3 0"]) for name in ("AU", "AD", "AE")),
    ]
    return "".join(blocks) + "DECAY 1000021 0.0\n"


def _run(settings: Iterable[str], slha: str | None, events: int) -> CrossSection:
    try:
        import pythia8mc
    except ImportError as error:
        raise PythiaError('Pythia 8 is not installed; install it with pip install "lhnets[training]"') from error
    with tempfile.TemporaryDirectory() as folder:
        lines = list(settings)
        if slha is not None:
            file = Path(folder) / "spectrum.slha"
            file.write_text(slha)
            lines.append(f"SLHA:file = {file}")
        pythia = pythia8mc.Pythia("", False)
        for line in lines:
            if not pythia.readString(line):
                raise PythiaError(f"Pythia 8 refuses the setting {line!r}")
        if not pythia.init():
            raise PythiaError("Pythia 8 did not start with these settings; its own message is above")
    for _ in range(events):
        pythia.next()
    info = pythia.infoPython()
    return CrossSection(info.sigmaGen() * MB_PB, info.sigmaErr() * MB_PB)


def _block(name: str, lines: list[str]) -> str:
    return f"BLOCK {name}\n" + "".join(f" {line}\n" for line in lines)


def _unit(size: int) -> list[str]:
    return [f"{i} {j} {float(i == j)}" for i in range(1, size + 1) for j in range(1, size + 1)]
