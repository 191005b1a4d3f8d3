"""The kb service: answers questions, one version of the truth."""
