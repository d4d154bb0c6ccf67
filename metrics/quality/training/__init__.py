"""How judges of quality are trained, calibrated and held out."""
