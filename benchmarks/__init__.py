"""How fast the bridge is, and what it costs: `make bench`. One module per question.

The bridge, the sites and whoever sends events are processes of their own, so that none of them
waits for another one's Python.
"""
