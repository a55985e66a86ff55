"""What the keeper of a registry does: back it up, restore it, check and mend it, hand out tokens."""
