"""Home insurance within the law, and members who ask to be called back.

The club sells no insurance, computes no price and ranks nobody (Code des assurances, L511-1). It
shows an *offer* (`InsuranceOffer`): who insures, who the intermediary is, a price list by number of
rooms that the insurer wrote, the IPID and the contact for complaints. A *referral* is a member who
asks an insurer's people, or a building firm, to call: sent, contacted, quoted (firms only), signed,
refused, withdrawn. It is one record with one life for both (V35); name, contact and slot are all
that the other side sees, and they are gone when it is withdrawn. A *certificate* is a member's own
paper with its last day; nobody else reads it.
"""
