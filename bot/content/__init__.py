"""What the dojo knows: YAML, and the loaders that check it."""
