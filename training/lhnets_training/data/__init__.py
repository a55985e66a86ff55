"""Tables of labels: designs, files, errors of the labels."""
