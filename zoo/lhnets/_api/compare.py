"""Networks that overlap, asked the same and compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lhnets._answers.comparison import Comparison
from lhnets._answers.prediction import Prediction
from lhnets._finding import zoo as _zoo
from lhnets._finding.search import find_matching
from lhnets._running.network import Network
from lhnets.errors import Error, NetworkNotFoundError, ParameterError


def compare(
    networks: str | Iterable[str | Network],
    params: Mapping[str, Any],
    *,
    energy: str | float | None = None,
    order: str | None = None,
) -> Comparison:
    """Ask several networks the same, and see how far each is from the first.

    Parameters
    ----------
    networks
        Names, paths or loaded networks; or a process, such as ``"p p > go go"``: then all networks
        that compute it take part, and those that cannot answer are left out with the reason.
    params : mapping
        Values by name, scalars or arrays that broadcast. Each network gets those that it takes, so
        give the parameters of all.
    energy, order
        As in `CS`.

    Returns
    -------
    Comparison
        ``.predictions``, ``.differences`` to the first, ``.ratios`` with their uncertainty,
        ``.plot()``, ``.to_pandas()``. Points outside the region of a network are NaN.

    Raises
    ------
    ParameterError
        If fewer than two networks answer, with the reasons; if no network takes a parameter; or if
        their units do not measure the same.
    NetworkNotFoundError
        If there is no network of a name, or none for the process.

    Examples
    --------
    >>> import lhnets as ml
    >>> both = ml.compare(
    ...     ["cs-gluino-pair-nnll-13tev", "cs-gluino-pair-decoupled-13tev"],
    ...     {"m_go": 2000.0, "m_sq": 2900.0},
    ... )
    >>> round(both.differences[1], 2)
    0.64
    """
    loaded = find_networks(networks)
    taken = {i.name for n in loaded for i in n.card.columns}
    unknown = [name for name in params if name not in taken]
    if unknown:
        raise ParameterError(
            f"none of {', '.join(n.name for n in loaded)} takes {', '.join(unknown)}: expected "
            f"{', '.join(sorted(taken))}"
        )
    predictions: list[Prediction] = []
    left_out: dict[str, str] = {}
    for network in loaded:
        names = {i.name for i in network.card.columns}
        own = {n: v for n, v in params.items() if n in names}
        try:
            predictions.append(network(own, energy=energy, order=order, outside="nan"))
        except Error as error:
            if not isinstance(networks, str):
                raise
            left_out[network.name] = str(error)
    return Comparison(tuple(predictions), left_out)


def find_networks(networks: str | Iterable[str | Network]) -> list[Network]:
    """The networks that are named, or those that compute a process."""
    zoo = _zoo.default()
    if isinstance(networks, str):
        found = find_matching(zoo.entries, process=networks)
        if not found:
            raise NetworkNotFoundError(
                f"no network computes {networks!r}: `ml.search(process=...)` and `ml.search()` "
                "list what there is"
            )
        networks = [entry.identity for entry in found]
    return [n if isinstance(n, Network) else zoo.load(n) for n in networks]
