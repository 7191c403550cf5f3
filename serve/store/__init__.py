"""Where the shift is kept: the only package that knows SQL. It knows no decision."""
