"""Whether the first hit answers: evidence, a calibrated probability, and the command that fits it."""
