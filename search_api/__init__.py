"""The read side of the service and its HTTP face."""
