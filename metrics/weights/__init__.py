"""Published weights: which files there are, where they are found, and reading them."""
