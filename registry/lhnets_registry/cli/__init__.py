"""The commands of the registry."""
