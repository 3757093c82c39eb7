"""What the field and the country are made of: places beyond cities, and the words that people use."""
