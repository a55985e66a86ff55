"""Particles by PDG id, with the names that MadGraph, SLHA files, Pythia and physicists give
them."""

from __future__ import annotations

from collections.abc import Iterator

# PDG id: names, the first of which is used in messages. "X/Y" names the antiparticle Y of X.
# Ids and names: PDG Monte Carlo numbering scheme; MadGraph's sm and MSSM_SLHA2 models.
_TABLE: dict[int, str] = {
    1: "d/d~ down/antidown",
    2: "u/u~ up/antiup",
    3: "s/s~ strange/antistrange",
    4: "c/c~ charm/anticharm",
    5: "b/b~ bottom/antibottom b/bbar",
    6: "t/t~ top/antitop t/tbar",
    11: "e-/e+ electron/positron",
    12: "ve/ve~ nue/nue~ nu_e/nu_ebar",
    13: "mu-/mu+ muon/antimuon",
    14: "vm/vm~ numu/numu~ nu_mu/nu_mubar",
    15: "ta-/ta+ tau-/tau+ tau/antitau",
    16: "vt/vt~ nutau/nutau~ nu_tau/nu_taubar",
    21: "g gluon",
    22: "a gamma photon",
    23: "z z0",
    24: "w+/w-",
    25: "h h0 higgs h1 h01",
    32: "zp z' zprime",
    34: "wp+/wp- w'+/w'-",
    35: "h2 h02",
    36: "a0 h3",
    37: "h+/h-",
    39: "graviton",
    42: "lq/lq~ leptoquark/antileptoquark",
    2212: "p/p~ proton/antiproton p/pbar",
    1000001: "dl/dl~ ~d_l/~d_lbar",
    1000002: "ul/ul~ ~u_l/~u_lbar",
    1000003: "sl/sl~ ~s_l/~s_lbar",
    1000004: "cl/cl~ ~c_l/~c_lbar",
    1000005: "b1/b1~ ~b_1/~b_1bar sbottom1/antisbottom1",
    1000006: "t1/t1~ ~t_1/~t_1bar stop1/antistop1",
    2000001: "dr/dr~ ~d_r/~d_rbar",
    2000002: "ur/ur~ ~u_r/~u_rbar",
    2000003: "sr/sr~ ~s_r/~s_rbar",
    2000004: "cr/cr~ ~c_r/~c_rbar",
    2000005: "b2/b2~ ~b_2/~b_2bar sbottom2/antisbottom2",
    2000006: "t2/t2~ ~t_2/~t_2bar stop2/antistop2",
    1000011: "el-/el+ ~e_l-/~e_l+ sel-/sel+",
    1000012: "sve/sve~ snue/snue~ ~nu_e/~nu_ebar ~nu_el/~nu_elbar",
    1000013: "mul-/mul+ ~mu_l-/~mu_l+ smul-/smul+",
    1000014: "svm/svm~ snumu/snumu~ ~nu_mu/~nu_mubar ~nu_mul/~nu_mulbar",
    1000015: "ta1-/ta1+ stau1-/stau1+ ~tau_1-/~tau_1+",
    1000016: "svt/svt~ snutau/snutau~ ~nu_tau/~nu_taubar ~nu_taul/~nu_taulbar",
    2000011: "er-/er+ ~e_r-/~e_r+ ser-/ser+",
    2000013: "mur-/mur+ ~mu_r-/~mu_r+ smur-/smur+",
    2000015: "ta2-/ta2+ stau2-/stau2+ ~tau_2-/~tau_2+",
    1000021: "go gluino ~g",
    1000022: "n1 neutralino1 ~chi_10 chi_10 lsp",
    1000023: "n2 neutralino2 ~chi_20 chi_20",
    1000024: "x1+/x1- c1+/c1- chargino1+/chargino1- ~chi_1+/~chi_1- chi_1+/chi_1-",
    1000025: "n3 neutralino3 ~chi_30 chi_30",
    1000035: "n4 neutralino4 ~chi_40 chi_40",
    1000037: "x2+/x2- c2+/c2- chargino2+/chargino2- ~chi_2+/~chi_2- chi_2+/chi_2-",
    1000039: "gr gravitino",
}

_SQUARKS = (*range(1000001, 1000006), *range(2000001, 2000006))

# Sums over degenerate particles, which have no PDG id of their own; in canonical processes they
# stand by name.
CLASSES: dict[str, tuple[int, ...]] = {"sq": _SQUARKS, "sq~": tuple(-pdg for pdg in _SQUARKS)}

# As they are spelt: elsewhere case does not matter.
CAPITALS: dict[str, tuple[str, ...]] = {"A": ("a", "a0"), "H0": ("h", "h2")}

# Words that several particles answer to, with what a user may have meant.
AMBIGUOUS: dict[str, tuple[str, ...]] = {
    "stop": ("t1", "t1~", "t2", "t2~"),
    "sbottom": ("b1", "b1~", "b2", "b2~"),
    "stau": ("ta1-", "ta1+", "ta2-", "ta2+"),
    "squark": ("ul", "ur", "dl", "dr", "ul~", "ur~", "dl~", "dr~", "sq", "sq~"),
    "antisquark": ("ul~", "ur~", "dl~", "dr~", "sq~"),
    "slepton": ("el-", "el+", "er-", "er+"),
    "selectron": ("el-", "el+", "er-", "er+"),
    "smuon": ("mul-", "mul+", "mur-", "mur+"),
    "sneutrino": ("sve", "svm", "svt"),
    "snu": ("sve", "svm", "svt"),
    "neutralino": ("n1", "n2", "n3", "n4"),
    "chargino": ("x1+", "x1-", "x2+", "x2-"),
    "chargino1": ("x1+", "x1-"),
    "chargino2": ("x2+", "x2-"),
    "x1": ("x1+", "x1-"),
    "c1": ("x1+", "x1-"),
    "x2": ("x2+", "x2-"),
    "c2": ("x2+", "x2-"),
    "w": ("w+", "w-"),
    "e": ("e-", "e+"),
    "mu": ("mu-", "mu+"),
    "ta": ("ta-", "ta+"),
    "l": ("e-", "mu-", "ta-"),
    "l+": ("e+", "mu+", "ta+"),
    "l-": ("e-", "mu-", "ta-"),
    "j": ("g", "u", "d", "s", "c", "b"),
}


def _names() -> Iterator[tuple[str, int]]:
    for pdg, words in _TABLE.items():
        for word in words.split():
            particle, _, antiparticle = word.partition("/")
            yield particle, pdg
            if antiparticle:
                yield antiparticle, -pdg


NAMES: dict[str, int] = dict(_names())
SELF_CONJUGATE: frozenset[int] = frozenset(p for p, words in _TABLE.items() if "/" not in words)
_FIRST_NAME: dict[int, str] = {pdg: name for name, pdg in reversed(list(_names()))}


_PLAIN: dict[str, int] = {name.replace("_", ""): pdg for name, pdg in NAMES.items()}


def find_particle(word: str) -> int | None:
    """The PDG id of a name in lower case; underscores do not matter, ``~`` and ``bar`` name any
    antiparticle.

    >>> find_particle("~chi20"), find_particle("stop1~"), find_particle("t1bar")
    (1000023, -1000006, -1000006)
    """
    plain = word.replace("_", "").replace("^", "")
    if plain in _PLAIN:
        return _PLAIN[plain]
    for ending in ("~", "bar"):
        pdg = _PLAIN.get(plain.removesuffix(ending)) if plain.endswith(ending) else None
        if pdg is not None and pdg > 0 and pdg not in SELF_CONJUGATE:
            return -pdg
    return None


def name_of(pdg: int) -> str:
    """The shortest common name of a particle; its id where it has none."""
    return _FIRST_NAME.get(pdg, str(pdg))
