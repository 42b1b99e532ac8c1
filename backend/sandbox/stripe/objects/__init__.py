"""What Stripe's objects look like: each is built by one function, with every key it has.

tests/unit/test_stripe_shapes.py compares them with the SDK's classes and Stripe's own examples.
"""
