"""The FPTR site of the sandbox, asked by the real `shotgun_api3` client over HTTP."""
