"""What can go wrong on somebody's machine, each with the way out."""


class LocalError(Exception):
    """Something a person has to decide or repair; the text says what and how."""
