"""Alembic's folder for the tables of tokens and audit."""
