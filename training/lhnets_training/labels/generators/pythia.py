"""Leading-order cross sections of coloured pairs from Pythia 8 itself, as an independent check of
other labels.

C. Bierlich et al., SciPost Phys. Codeb. 2022, 8. Only the hard process is generated; PDF set,
strong coupling and scales are set to those of the calculation that is checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lhnets.errors import Error
from lhnets_training.labels.generators import spectrum as spectrum_file

MB_PB = 1e9
NNPDF31_NLO_LUXQED = 19
"""Number of NNPDF31_nlo_as_0118_luxqed in Pythia's own list of PDF sets."""
NO_YUKAWA = 1e-6
"""Coupling of the leptoquark to a quark and a lepton, small enough that it is on its mass shell and
no lepton is exchanged."""
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


def gluino_pair(
    m_go: float, m_sq: float, sqrt_s: float, mu_over_m: float, *, events: int, seed: int
) -> CrossSection:
    """p p -> gluino gluino with ``events`` accepted events; masses and energy in GeV.

    The error is about 0.5/sqrt(events). Pythia takes squark masses from the SLHA spectrum: all
    twelve at ``m_sq``.

    Raises
    ------
    PythiaError
        If pythia8mc is not installed, or Pythia refuses the settings.
    """
    settings = (
        *_at(sqrt_s, mu_over_m * m_go, seed),
        "SUSY:gg2gluinogluino = on",
        "SUSY:qqbar2gluinogluino = on",
    )
    return _run(settings, spectrum(m_go, m_sq), events)


def leptoquark_pair(
    m: float, sqrt_s: float, mu_over_m: float, *, events: int, seed: int
) -> CrossSection:
    """p p -> a scalar leptoquark and its antiparticle by QCD alone, with five flavours in alpha_s;
    errors as above."""
    processes = (
        "LeptoQuark:gg2LQLQbar = on",
        "LeptoQuark:qqbar2LQLQbar = on",
        f"LeptoQuark:kCoup = {NO_YUKAWA}",
    )
    return _run(
        (*_at(sqrt_s, mu_over_m * m, seed), *FIVE_FLAVOURS, *processes, f"42:m0 = {m}"),
        None,
        events,
    )


def top_pair(m: float, sqrt_s: float, mu_over_m: float, *, events: int, seed: int) -> CrossSection:
    """p p -> t tbar on the mass shell, with five flavours in alpha_s; errors as above."""
    processes = ("Top:gg2ttbar = on", "Top:qqbar2ttbar = on", f"6:m0 = {m}")
    return _run((*_at(sqrt_s, mu_over_m * m, seed), *FIVE_FLAVOURS, *processes), None, events)


@dataclass(frozen=True)
class HeavyVector:
    """A Z' of Pythia: cross section, width in GeV, and the electromagnetic coupling at its mass."""

    found: CrossSection
    width: float
    alpha: float


def z_prime(
    m: float,
    up: float,
    down: float,
    sqrt_s: float,
    window: tuple[float, float],
    *,
    events: int,
    seed: int,
) -> HeavyVector:
    """p p -> Z' of mass ``m`` alone, with axial couplings ``up`` and ``down`` in Pythia's units,
    its mass within ``window``.

    Couplings are those of all generations; the width is what Pythia gets from them and from its
    leptons.
    """
    processes = (
        "NewGaugeBoson:ffbar2gmZZprime = on",
        "Zprime:gmZmode = 3",
        "Zprime:vd = 0",
        "Zprime:vu = 0",
        f"Zprime:ad = {down}",
        f"Zprime:au = {up}",
        f"32:m0 = {m}",
        f"PhaseSpace:mHatMin = {window[0]}",
        f"PhaseSpace:mHatMax = {window[1]}",
    )
    pythia = _instance((*_at(sqrt_s, m, seed), *processes))
    _start(pythia)
    found = _generate(pythia, events)
    return HeavyVector(found, pythia.particleData.mWidth(32), pythia.coupSM.alphaEM(m**2))


HIGGS_PAIRS = {
    "charged": ("HiggsBSM:ffbar2H+H- = on", ("37",)),
    "charged and neutral": ("HiggsBSM:ffbar2H+-H2 = on", ("37", "35")),
}


def higgs_pair(
    kind: str,
    masses: tuple[float, ...],
    sqrt_s: float,
    *,
    bosons: tuple[str, ...],
    events: int,
    seed: int,
) -> CrossSection:
    """p p -> H+ H- or H+- H of `HIGGS_PAIRS` by photon, Z and W on the mass shell; scales are the
    mean of the ``masses``.

    They couple as left-handed sleptons and sneutrinos do; H alone is one of the two real parts of
    such a sneutrino. ``bosons`` are settings of W and Z. The electromagnetic coupling is that at
    m_Z.
    """
    process, numbers = HIGGS_PAIRS[kind]
    settings = (
        "Higgs:useBSM = on",
        "HiggsHchg:coup2H2W = 1",
        "SigmaProcess:alphaEMorder = -1",
        "PhaseSpace:useBreitWigners = off",
        process,
        *bosons,
        *(f"{number}:m0 = {m}" for number, m in zip(numbers, masses, strict=True)),
    )
    return _run((*_at(sqrt_s, sum(masses) / len(masses), seed), *settings), None, events)


def _at(sqrt_s: float, scale: float, seed: int) -> tuple[str, ...]:
    return (
        *_SETTINGS,
        f"Beams:eCM = {sqrt_s}",
        *scales(scale),
        f"Random:seed = {seed}",
    )


def scales(scale: float) -> tuple[str, ...]:
    """Settings of a common renormalisation and factorisation scale in GeV."""
    return f"SigmaProcess:renormFixScale = {scale**2}", f"SigmaProcess:factorFixScale = {scale**2}"


def spectrum(m_go: float, m_sq: float) -> str:
    """An SLHA spectrum with degenerate squarks, everything else at 10 TeV, no mixing, and a gluino
    on its mass shell."""
    masses = {spectrum_file.GLUINO: m_go, **dict.fromkeys(spectrum_file.SQUARKS, m_sq)}
    return spectrum_file.write(masses, widthless=(spectrum_file.GLUINO,))


@dataclass(frozen=True)
class SpectrumPoint:
    """One point of a scan: an SLHA spectrum, further settings, and the seed of its events."""

    slha: str
    settings: tuple[str, ...]
    seed: int


def scan(
    settings: Iterable[str], points: Iterable[SpectrumPoint], events: int
) -> Iterator[CrossSection]:
    """The cross sections of ``points``, of ``events`` accepted events each; only the hard process
    is generated."""
    return (_generate(pythia, events) for pythia in started((*_SETTINGS, *settings), points))


def started(settings: Iterable[str], points: Iterable[SpectrumPoint]) -> Iterator[Any]:
    """Pythia ready at each point. One instance is started afresh for each, which saves a quarter of
    the time of new ones."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "spectrum.slha"
        pythia = _instance((*settings, f"SLHA:file = {file}"))
        for point in points:
            file.write_text(point.slha)
            _set(pythia, (*point.settings, f"Random:seed = {point.seed}"))
            _start(pythia)
            yield pythia


def _run(settings: Iterable[str], slha: str | None, events: int) -> CrossSection:
    return _generate(start(settings, slha), events)


def _instance(settings: Iterable[str]) -> Any:
    try:
        import pythia8mc
    except ImportError as error:
        raise PythiaError(
            'Pythia 8 is not installed; install it with pip install "lhnets[training]"'
        ) from error
    pythia = pythia8mc.Pythia("", False)
    _set(pythia, settings)
    return pythia


def _set(pythia: Any, settings: Iterable[str]) -> None:
    for line in settings:
        if not pythia.readString(line):
            raise PythiaError(f"Pythia 8 refuses the setting {line!r}")


def _start(pythia: Any) -> None:
    if not pythia.init():
        raise PythiaError("Pythia 8 did not start with these settings; its own message is above")


def _generate(pythia: Any, events: int) -> CrossSection:
    for _ in range(events):
        pythia.next()
    info = pythia.infoPython()
    return CrossSection(info.sigmaGen() * MB_PB, info.sigmaErr() * MB_PB)


def start(
    settings: Iterable[str],
    slha: str | None = None,
    attach: Callable[[Any], None] | None = None,
) -> Any:
    """Pythia, ready to generate events, with an SLHA spectrum if one is given; ``attach`` gives it
    what settings cannot say.

    Raises
    ------
    PythiaError
        If pythia8mc is not installed, or Pythia refuses the settings.
    """
    with TemporaryDirectory() as folder:
        lines = list(settings)
        if slha is not None:
            file = Path(folder) / "spectrum.slha"
            file.write_text(slha)
            lines.append(f"SLHA:file = {file}")
        pythia = _instance(lines)
        if attach is not None:
            attach(pythia)
        _start(pythia)
    return pythia
