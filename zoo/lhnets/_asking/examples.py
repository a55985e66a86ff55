"""Small files that come with the package, so that the examples of the documentation run
anywhere."""

from __future__ import annotations

from pathlib import Path

from lhnets.errors import ParameterError

EXAMPLES = Path(__file__).parent / "example_files"


def example(name: str) -> Path:
    """The path of a small example file that comes with lhnets.

    Parameters
    ----------
    name : str
        ``gluino-stop.slha``, the spectrum of a point of the MSSM, or ``jets.npz``, the constituents
        of two jets, of shape (2, 40, 4) in GeV, with their mask, of shape (2, 40).

    Returns
    -------
    Path
        The file. Do not write to it.

    Raises
    ------
    ParameterError
        if there is no example of that name. The message lists the names.

    Examples
    --------
    >>> import lhnets as ml
    >>> ml.example("gluino-stop.slha").name
    'gluino-stop.slha'
    """
    names = sorted(path.name for path in EXAMPLES.iterdir())
    if name not in names:
        raise ParameterError(f"no example is called {name!r}: expected one of {', '.join(names)}")
    return EXAMPLES / name
