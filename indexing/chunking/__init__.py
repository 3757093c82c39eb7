"""From bodies as sites write them to sections and passages."""
