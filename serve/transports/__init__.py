"""One small file for each vendor. A transport knows its vendor and `base`, never the database."""
