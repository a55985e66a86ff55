"""Event variables learnt from events of decay chains."""
