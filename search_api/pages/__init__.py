"""The pages that the service itself serves."""
