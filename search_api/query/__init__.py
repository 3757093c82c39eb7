"""What a query says: place, price, payer, treatment, condition, and how it is spelt."""
