"""The small backbone that ships with the package: its network, its weights and the training that made them."""
