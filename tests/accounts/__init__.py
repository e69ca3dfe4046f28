"""Media accounts: registration, login, reset, rights."""
