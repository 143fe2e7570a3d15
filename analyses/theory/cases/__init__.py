"""The cases, one file for each entry of the catalogue; found by folder."""
