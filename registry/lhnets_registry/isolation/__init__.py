"""Child processes with limits, confined by the kernel."""
