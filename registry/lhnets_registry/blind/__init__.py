"""Blind tasks: labels stay here, files come in, rounded figures go out."""
