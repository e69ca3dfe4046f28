"""Both sides in step: what happened here is pushed, what happened at Mailchimp is taken in.

- `deciding` what follows where both sides say something else: rules, and nothing else
- `mapping` what stands at Mailchimp for our lists: an audience, an interest, a tag
- `taking_in` what Mailchimp says, of one or of many
- `pushing` rows of the outbox that are due, in batches or, where a look is needed first, one by one
- `people` how somebody is to be there; `tagging` tags, which are told by calls of their own; `noting` what was told
- `reconciling` everybody who changed there since the last time; `audiences` what there is to map lists to
- `pauses` how long Mailchimp is left alone when it does not answer
"""
