"""The till: one phone, one hand, a queue, a bad network.

Scan or type a code, look, confirm, hear one clear verdict, undo a mistake. Each page works by plain
forms; with JavaScript the same answers take the scanner's place without loading it again.
"""
