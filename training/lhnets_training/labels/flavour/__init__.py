"""Flavour observables and likelihoods."""
