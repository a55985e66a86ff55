"""A data set in the words of others: citation, DataCite and Zenodo metadata, Croissant."""
