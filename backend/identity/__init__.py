"""Who is calling: codes, sessions, second factors, roles.

Nobody has a password. A code sent to an address opens a session at one of three doors (tenant,
merchant, staff), each with its own limits. Staff then give a second factor: the code of an
application, a passkey, or a recovery code. A dangerous act asks for it again ("sudo"). A session is
alive, then revoked or run out; nothing brings it back.
"""
