"""What the pages do, for programs: the second half of `/v1`. The first (send and predict) is in serve/api.py."""
