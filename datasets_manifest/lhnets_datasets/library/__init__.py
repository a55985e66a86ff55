"""The library of data sets: manifests and what is recorded beside the cache."""
