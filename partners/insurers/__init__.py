"""The insurer's or broker's people: who waits for their call. Nothing of members but what was handed over."""
