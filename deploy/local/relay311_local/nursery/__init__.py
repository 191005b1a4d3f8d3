"""Starts Python processes by forking one that has imported what they share: quicker to start, and memory is shared."""
