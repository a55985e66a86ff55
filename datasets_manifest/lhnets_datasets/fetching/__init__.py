"""From a manifest or a DOI to verified files on this machine."""
