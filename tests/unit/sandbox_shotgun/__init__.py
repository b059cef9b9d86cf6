"""Parts of the FPTR site that work without HTTP."""
