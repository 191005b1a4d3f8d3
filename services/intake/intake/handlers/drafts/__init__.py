"""Drafts: reports begun in one channel and finished in another, by form or by talk."""
