"""Messages to people.

A message is rendered when its reason happens and leaves by the outbox: queued, sent, or failed after
many tries. Its words live only until it is sent; `message` keeps that it was sent, to whom and when.
Who has no e-mail and no mobile gets it on paper: the row waits for the print run.
"""
