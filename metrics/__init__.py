"""Numbers out of tensors."""
