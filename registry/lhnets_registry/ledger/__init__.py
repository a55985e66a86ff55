"""Who may do what, and who did: tokens and the audit log, in tables of our own beside MLflow's.

The tables have migrations of their own (Alembic, in ``migrations``), apart from those of MLflow.
"""
