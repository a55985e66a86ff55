"""How a data set is cited."""

from __future__ import annotations

import re

from lhnets.format.bibtex import escape, write_entry
from lhnets_datasets.library.manifest import Manifest

_FIELD = r"\b{name}\s*=\s*[{{\"]\s*([^}}\"]+?)\s*[}}\"]"


def bibtex(manifest: Manifest) -> str:
    """BibTeX of a set, of its generator and of what else its manifest names. A DOI appears only
    where it exists."""
    return "\n\n".join([_own(manifest), *manifest.references.values()])


def identifiers(entry: str) -> list[tuple[str, str]]:
    """The identifiers in a BibTeX entry as (scheme, value): its DOI, else its arXiv number.

    >>> identifiers("@article{a, doi = {10.1007/JHEP12(2016)133}, eprint = {1607.07741}}")
    [('doi', '10.1007/JHEP12(2016)133')]
    """
    doi = re.search(_FIELD.format(name="doi"), entry, re.IGNORECASE)
    if doi:
        return [("doi", doi[1])]
    eprint = re.search(_FIELD.format(name="eprint"), entry, re.IGNORECASE)
    return [("arxiv", f"arXiv:{eprint[1]}")] if eprint else []


def _own(manifest: Manifest) -> str:
    fields = {
        "title": escape(manifest.title),
        "author": " and ".join(escape(a.name) for a in manifest.authors),
        "version": escape(manifest.version or ""),
        "doi": manifest.doi,
        "note": None if manifest.doi else "Data set shipped with or rebuilt by lhnets",
    }
    return write_entry(manifest.name, {name: value for name, value in fields.items() if value})
