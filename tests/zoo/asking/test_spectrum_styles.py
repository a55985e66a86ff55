"""Ways in which codes and people write spectra: clean ones are answered, flawed ones refused."""

import pytest
from mssm import Point

import lhnets as ml

STYLES = {
    "a spectrum after a header": lambda text: f"<LesHouchesEvents>\n<slha>\n{text}</slha>\n",
    "two decay tables": lambda text: f"{text}DECAY 1000006 1\n 1 2 6 1000022\nDECAY 1000006 2\n",
    "lower case, tabs, D exponents": lambda text: (
        text.lower().replace(" ", "\t").replace("e+", "D+").replace("e-", "d-")
    ),
    "blocks with Q": lambda text: text.replace("MIX\n", "MIX Q= 1.0E+03\n"),
    "names that do not follow a comment sign": lambda text: text.replace(
        "1000006 1.1000000000E+03", "1000006 1100 ~t_1"
    ),
    "the same masses again": lambda text: (
        text + text[text.index("Block MASS") : text.index("Block ALPHA")]
    ),
}
SILENT = {
    "no exponent sign": ("1000006 1.1000000000E+03", "1000006 1.1+03"),
    "a decimal comma": ("1000006 1.1000000000E+03", "1000006 1,100.0"),
    "a glued head": ("Block MASS", "BlockMASS"),
    "an id with a point": ("1000006 1.1", "1000006.0 1.1"),
    "a stop in TeV": ("1000006 1.1000000000E+03", "1000006 1.1"),
    "no block of neutralinos": ("Block NMIX", "Block NMNMIX"),
    "R-parity violation": ("Block MASS", "Block RVLAMUDD\n 3 1 2 0.1\nBlock MASS"),
    "two tables of one matrix": ("Block NMIX", "Block STOPMIX\n 1 1 0.1\n 1 2 0.995\nBlock NMIX"),
}


@pytest.mark.parametrize("style", STYLES)
def test_a_clean_spectrum_is_answered_in_every_style(style):
    text = Point(stops=(1100.0, 2800.0, 0.6)).write()
    assert float(ml.BR("t1 > t n1", STYLES[style](text))) == float(ml.BR("t1 > t n1", text))


@pytest.mark.parametrize("change", SILENT)
def test_a_flawed_spectrum_is_refused(change):
    text = Point(stops=(1100.0, 2800.0, 0.6)).write()
    assert SILENT[change][0] in text
    with pytest.raises(ml.Error):
        ml.BR("t1 > t n1", text.replace(*SILENT[change]))
