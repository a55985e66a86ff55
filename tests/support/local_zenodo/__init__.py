"""A local server that answers like Zenodo, for tests, benchmarks and documentation. Needs nothing
but Python.

In a test::

    with LocalZenodo() as zenodo:
        zenodo.api          # http://127.0.0.1:PORT/api
        zenodo.token        # accepted by the deposit API
        zenodo.faults.add(Fault(r"/content$", cut_after=1000))

As a program: ``python -m local_zenodo --port 8123`` (with ``tests/support`` on PYTHONPATH).
"""

from local_zenodo.deposits import Deposit, Deposits, StoredFile
from local_zenodo.http import Fault, Faults, HttpServer, Request
from local_zenodo.zenodo import LocalZenodo, RateLimit

__all__ = [
    "Deposit",
    "Deposits",
    "Fault",
    "Faults",
    "HttpServer",
    "LocalZenodo",
    "RateLimit",
    "Request",
    "StoredFile",
]
