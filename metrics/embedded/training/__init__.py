"""How the shipped weights are made: `train_embedded` and its parts."""
