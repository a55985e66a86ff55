"""What a reviewer sees and decides."""
