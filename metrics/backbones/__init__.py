"""Networks that features come from."""
