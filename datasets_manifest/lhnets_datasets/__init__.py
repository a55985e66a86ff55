"""The library of training data: manifests, download by DOI, deposit to Zenodo, provenance."""

from lhnets_datasets.dataset import DataSet, dataset

__all__ = ["DataSet", "dataset"]
