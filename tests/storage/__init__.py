"""Storage on both databases, and the use cases that save."""
