"""What documents are: each type and each of its fields is declared here, once, and everything else is derived."""
