"""The demonstration: both sites and the bridge on this machine, and a story played on them.

One module each for the stage, the story, reading the sites, comparing what was read, and showing
it. The command is in `sg_jira.cli.demo`.
"""
