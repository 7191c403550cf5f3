"""One small file for each vendor. A transport knows its vendor and `base`, never the database.

What a delivery's body holds (plain JSON; every text is final: what a coach saw in the preview is what is sent):

jira   summary, description (Jira wiki markup, escaped by whoever made it), category (a label's key), priority (Blocker,
       High, Medium or Low), add_to? (the key of an open ticket that it joins as a comment),
       attachments? (a list of {name, base64})
slack  text (plain: escaped here), quote? (a student's words, shown literally), link?, channel? (else the setting's)
mail   to? (a list; else the setting's), subject (no student's words), text
form   fields (a flat mapping of names to texts)
aaq    question_id, and what the action needs: assign_to for a referral, text for a reply or a profile note
webhook  url, event, data
"""
