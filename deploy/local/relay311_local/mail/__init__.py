"""The mail sink: takes every mail, sends none on, and shows them on a page."""
