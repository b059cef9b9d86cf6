"""`python -m sg_jira.cli` is the `sg-jira` command."""

from sg_jira.cli import main

main(prog_name="sg-jira")
