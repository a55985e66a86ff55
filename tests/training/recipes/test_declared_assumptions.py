from declared_assumptions import FILE, declare, encode

from lhnets._asking.taken import all_assumptions
from lhnets._finding.zoo import default


def test_the_bundle_says_what_the_recipes_declare():
    """After a change: ``python tests/support/declared_assumptions.py``."""
    assert FILE.read_bytes() == encode(declare())


def test_every_network_that_reads_spectra_says_what_it_takes_for_granted():
    silent = {"cs-ttbar-lo"}
    reads = [
        card
        for card in map(default().card, (e.identity for e in default().entries))
        if any(i.slha is not None for i in card.columns)
    ]
    assert {c.identity for c in reads if not all_assumptions(c)} == {
        c.identity for c in reads if c.name in silent
    }
