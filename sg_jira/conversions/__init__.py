"""How values change their form between the sites: small functions in tables, without sessions."""
