"""The library of training data: manifests, download by DOI, deposit to Zenodo, provenance."""

from lhnets_datasets.dataset import DataSet, dataset
from lhnets_datasets.provenance import Provenance, provenance

__all__ = ["DataSet", "Provenance", "dataset", "provenance"]
