"""Images in, always the same ones."""
