"""People: accounts proven by a code, contacts that nobody can take over, telephone numbers written one way."""
