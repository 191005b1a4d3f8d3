"""What an agency's system is told, what it means by what it says, and what is done when the two sides differ."""
