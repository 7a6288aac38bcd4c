"""What may go wrong on the way in, said in words for whoever has to act.

No message carries a value of a data row, a password or a token.
"""


class Unreadable(Exception):
    """A file that is not read, and why.

    Attributes:
        code: short word for machines, such as ``encoding-undecided``.
        message: plain English that names the file, the place and the remedy.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def __reduce__(self) -> tuple[type["Unreadable"], tuple[str, str]]:
        return (type(self), (self.code, self.message))


class Unreachable(Exception):
    """A place that could not be reached, and why.

    Attributes:
        code: short word for machines, such as ``folder-missing``.
        message: plain English that names the place, the connection and the remedy.
        passing: whether trying again later may help.
    """

    def __init__(self, code: str, message: str, *, passing: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.passing = passing
