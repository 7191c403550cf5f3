"""What a coach and a manager see of the work: labels, order, bursts, patterns, figures. Mostly pure."""
