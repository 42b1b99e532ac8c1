"""Messages to many: the club's newsletter, and what partners say through the club.

A *newsletter* goes to who said yes to club life, a *partner's campaign* to who said yes to partners'
offers: the kind decides, nobody chooses. A campaign is drafted by staff or *proposed* by a partner,
*launched* by staff once they saw how many it reaches, or *returned* with a reason; a launch can be
*stopped*. Its *audience* is one row a person, fixed at the launch (N4); whether each may still be
written to is asked once more just before their message leaves. The partner sees counts, never names.
A launch can be *planned* for an hour: whom it reaches is found then, and whoever planned it is told
where it may not leave any more. STOPs and late returns are typed by staff or told by the providers.

E-mail and SMS leave by the outbox in a lane of their own, behind nobody's code. SMTP cannot promise
exactly once: where a worker dies after the server took a mail and before its row says so, the mail is
sent again under the same Message-ID, by which mailboxes know it. That moment is one statement long.
"""
