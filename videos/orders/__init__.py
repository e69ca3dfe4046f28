"""Orders: several clips asked for at once, as rows, a table or a cut list; and all of them in one archive."""
