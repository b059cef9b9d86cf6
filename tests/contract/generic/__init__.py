"""The generic family's part of the contract."""
