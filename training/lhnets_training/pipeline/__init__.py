"""From a recipe to a network file, step by step."""
