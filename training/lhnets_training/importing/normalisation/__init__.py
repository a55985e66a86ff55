"""What lies between physical columns and a model: its forms, where authors write it, and which
reading the test points prove."""
