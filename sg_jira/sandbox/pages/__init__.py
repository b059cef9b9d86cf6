"""A few HTML pages for each site, so that a person can look at its records and edit them."""
