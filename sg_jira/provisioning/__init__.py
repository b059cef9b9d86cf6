"""What both sites need so that they can be synced: looking at it, and bringing it about.

`sg-jira check` and `sg-jira setup` are built of it; it prints nothing itself.
"""
