"""The engine: keeps every accepted event until it is done, in order, with retries.

`running.Engine` puts its parts together. Nothing here knows HTTP; handlers know nothing of this.
"""
