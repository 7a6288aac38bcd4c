"""Ways of writing dates that ``strptime`` has no format for, by the names feeds declare them with.

None of them is ever found out from a column: 2010 may be a year or a number, 2010-11 a month or a
year, 40000 a day or an amount.
"""

SERIAL = "excel-serial"
SERIAL_1904 = "excel-serial-1904"
YEAR = "year"
QUARTER = "quarter"
FINANCIAL_YEAR = "financial-year"
FINANCIAL_QUARTER = "financial-quarter"
ACADEMIC_YEAR = "academic-year"
ISO_WEEK = "iso-week"
ORDINAL = "ordinal"

NAMED = {
    SERIAL: "days of a workbook: 1 is 1 January 1900",
    SERIAL_1904: "days of a workbook that counts from 1904: 0 is 1 January 1904",
    YEAR: "2010: the calendar year",
    QUARTER: "2010 Q3, Q3 2010: the calendar quarter",
    FINANCIAL_YEAR: "2010/11, 2010-11, FY2010/11: from 1 April",
    FINANCIAL_QUARTER: "2010/11 Q3, Q3 2010-11: from 1 October 2010",
    ACADEMIC_YEAR: "2010/11, 2010-11: from 1 September",
    ISO_WEEK: "2010-W05, 2010-W05-3: the week from Monday, or its day (ISO 8601)",
    ORDINAL: "2010-123, 2010123: the day of the year (ISO 8601)",
}
"""Name to what it reads."""

WELSH = "cy:"
"""Before a format of ``strptime``: the names of months are Welsh."""
