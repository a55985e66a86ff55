"""Loop integrals and the programs they are compared with."""
