"""What an e-mail is to the city: read without trust, judged, and turned into words."""
