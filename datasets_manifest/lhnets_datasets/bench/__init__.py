"""Tasks: networks judged on the same rows by the same code, with errors."""
