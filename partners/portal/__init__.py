"""The merchant's own pages: what the club brought, shops and tills. Offers and invoices come later."""
