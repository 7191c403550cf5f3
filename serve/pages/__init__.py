"""The coaches' side: server-rendered pages that work without JavaScript."""
