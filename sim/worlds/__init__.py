"""One world, one file, found by folder: its tables and the behaviours measured in it."""
