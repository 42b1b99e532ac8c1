"""A landlord's referent: figures of the whole, never of somebody."""
