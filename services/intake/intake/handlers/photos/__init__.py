"""Photos: kept, hung on requests, shown, fetched from addresses and thrown away."""
