"""Parton distributions, running couplings and cross sections at hadron colliders."""
