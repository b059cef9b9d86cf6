"""How the store's tables came about, one step per module in `versions`; run by `store`."""
