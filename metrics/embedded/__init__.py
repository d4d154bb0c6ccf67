"""The small backbone that ships with the package: network, weights, training."""
