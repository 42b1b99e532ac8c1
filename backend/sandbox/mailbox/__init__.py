"""The mailbox of a demo: pages that show what would have been sent, so that a newcomer can sign in."""
