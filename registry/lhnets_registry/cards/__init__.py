"""The author's card: YAML, its defects with their lines, the skeleton to begin with."""
