"""What the keeper of a registry does: back it up, restore it, check and fix it, hand out tokens."""
