"""A quarter of a school in a few minutes: what the loop of labels, retraining and gate does to the people in it."""
