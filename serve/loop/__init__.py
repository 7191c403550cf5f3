"""What coaches said goes out to training, and what training makes comes in: history, releases, shadow, watching."""
