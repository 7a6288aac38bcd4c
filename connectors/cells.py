"""Names of cells as spreadsheets show them."""


def column_letters(position: int) -> str:
    """Spreadsheet letters of a 0-based position: 0 is ``A``, 26 is ``AA``."""
    letters = ""
    number = position + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_position(letters: str) -> int:
    """The 0-based position of spreadsheet letters: ``A`` is 0, ``AA`` is 26."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def cell_name(position: int, row: int) -> str:
    """The place of a cell as a spreadsheet shows it: position 7, row 12 is ``H12``."""
    return f"{column_letters(position)}{row}"
