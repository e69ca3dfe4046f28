"""Clips: ordered, cut, handed out, and removed again. The rows are the truth; whatever happens, they say what to do."""
