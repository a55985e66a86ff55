"""One module for each network, named as the network."""
