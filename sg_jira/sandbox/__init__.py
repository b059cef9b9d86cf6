"""Both sites over real HTTP, for the demo, the tests and handler development."""
