"""What a file is, told without running anything of it, and which parts of it would run."""
