"""The networks that baselines are made of; each takes and gives [N, 3, H, W] in [-1, 1] unless it says otherwise."""
