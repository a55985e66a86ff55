"""Making a data set again by its recipe, and comparing it with the published one."""
