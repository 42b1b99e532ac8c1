"""Reads of lending for pages; filled as they are written."""
