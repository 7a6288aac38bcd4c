"""Redaction of open tables as SQL: which rows are left out, and which columns are left empty.

The same expressions stand in the views of schema ``open`` and in what releases are made from, so
that nothing is shown in one that is hidden in the other. ``alias`` is the alias of the entity's
table or of rows with all its columns.
"""

from psycopg import sql

from contracts.open_table import OpenTable, Redaction


def met(rule: Redaction, alias: str) -> sql.Composable:
    """The condition that a redaction rule meets a row; never null."""
    value = sql.SQL("{}::text").format(sql.Identifier(alias, rule.column))
    if isinstance(rule.when, str):
        return sql.SQL("coalesce({} ~* {}, false)").format(value, sql.Literal(rule.when))
    return sql.SQL("coalesce({} = ANY (ARRAY[{}]::text[]), false)").format(
        value, sql.SQL(", ").join(map(sql.Literal, rule.when))
    )


def kept(table: OpenTable, alias: str) -> sql.Composable:
    """The condition that a row is published at all."""
    leaving_out = [met(rule, alias) for rule in table.disclosure.redact if not rule.hide]
    if not leaving_out:
        return sql.SQL("true")
    return sql.SQL("NOT ({})").format(sql.SQL(" OR ").join(leaving_out))


def shown(table: OpenTable, column: str, alias: str) -> sql.Composable:
    """A column as it is published, without a name: empty in the rows where a rule hides it."""
    hiding = [met(rule, alias) for rule in table.disclosure.redact if column in rule.hide]
    value = sql.Identifier(alias, column)
    if not hiding:
        return value
    return sql.SQL("CASE WHEN {} THEN NULL ELSE {} END").format(sql.SQL(" OR ").join(hiding), value)
