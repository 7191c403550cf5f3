"""Makes releases offline: corpus and history -> dataset -> fit -> calibrate -> control risk -> evaluate -> release."""
