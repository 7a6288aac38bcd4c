"""What loads do about redirects: identifiers that were merged give way to those given instead, and
a replay that gives rows other identifiers leaves redirects to them."""

from collections.abc import Mapping

import psycopg
import pyarrow as pa
import pyarrow.compute as pc

from contracts.entity import Entity, links_of
from pipeline.prepared import Prepared
from repository.identifiers.rekeyed import leave_rekeyed, withdraw_given_again
from repository.load import DeliveryRecord, Outcome

UUID = pa.binary(16)


def redirected(
    prepared: Prepared,
    merged: Mapping[str, Mapping[bytes, bytes]],
    record: DeliveryRecord,
) -> Prepared:
    """A batch whose identifiers, links and identifiers in quarantine are those given today.

    Args:
        prepared: the batch; what is not concerned is left as it is.
        merged: by entity, identifiers to those given instead
            (:func:`repository.identifiers.redirects.merged`).
        record: the delivery.
    """
    if not merged:
        return prepared
    entities: Mapping[str, type[Entity]] = record.entities
    for role, table in prepared.entities.items():
        name = role.partition(":")[0]
        concerned = {f"{name}_id": name}
        links = links_of(entities[name])
        concerned |= {column: target.partition(":")[0] for column, target in links.items()}
        for column, entity in concerned.items():
            if entity in merged:
                place = table.schema.get_field_index(column)
                table = table.set_column(place, column, led(table.column(column), merged[entity]))
        prepared.entities[role] = table
    if record.main in merged:
        prepared.quarantined_ids = led(prepared.quarantined_ids, merged[record.main])
    return prepared


def rekeyed(record: DeliveryRecord, conn: psycopg.Connection, outcome: Outcome) -> None:
    """See to the redirects of rekeyed rows in a load's transaction.

    Those whose identifier is given again are withdrawn; a replay leaves new ones.
    """
    withdraw_given_again(conn, record.entities)
    if record.replays is not None:
        leave_rekeyed(conn, outcome.delivery_id, record.entities)


def led(ids: pa.Array | pa.ChunkedArray, ways: Mapping[bytes, bytes]) -> pa.Array:
    """Identifiers with those that were merged replaced."""
    whole = ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids
    found = pc.index_in(whole, pa.array(list(ways), UUID))
    if found.null_count == len(found):
        return whole
    return pc.coalesce(pc.take(pa.array(list(ways.values()), UUID), found), whole)
