"""What a coach's click becomes: forms, drafts filled in, the body that is sent, in one transaction with the label."""
