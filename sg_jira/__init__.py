"""Keeps FPTR and Jira in step."""
