"""How the baselines that learn are trained: one loop for all of them (`train NAME`), and each system's own losses."""
