"""Who may do what: accounts, sign-in, keys of programs, and the record of who read what."""
