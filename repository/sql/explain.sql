-- The way back from a value to the cell it came from, for whoever may read the repository's tables.
-- Installed by repository/explain_function.py, which drops what stood before.

CREATE FUNCTION watersmeet.cell_letters("position" integer) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
    WITH RECURSIVE letters (rest, made) AS (
        SELECT "position" + 1, ''
        UNION ALL
        SELECT (rest - 1) / 26, chr(65 + (rest - 1) % 26) || made FROM letters WHERE rest > 0
    )
    SELECT made FROM letters WHERE rest = 0
$$;
COMMENT ON FUNCTION watersmeet.cell_letters(integer) IS
    'Spreadsheet letters of a 0-based position: 0 is A, 26 is AA';

CREATE FUNCTION watersmeet.place_of(
    facts jsonb, file text, source_row integer, "position" integer,
    OUT named_file text, OUT cell text
)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT coalesce(page.file, place_of.file),
        CASE WHEN "position" IS NULL THEN NULL
             WHEN facts ? 'fields' THEN format('line %s, position %s (%s)', source_row,
                facts -> 'fields' -> "position" ->> 0, facts -> 'fields' -> "position" ->> 1)
             WHEN facts ? 'pages' THEN format('record %s, %s',
                source_row - coalesce(page.before, 0), facts -> 'keys' ->> "position")
             ELSE watersmeet.cell_letters("position") || source_row END
    FROM (SELECT 1) AS one
    LEFT JOIN LATERAL (
        SELECT p.page ->> 0 AS file, (facts -> 'pages' -> (p.number::int - 2) ->> 1)::int
            * (p.number > 1)::int AS before
        FROM jsonb_array_elements(facts -> 'pages') WITH ORDINALITY AS p(page, number)
        WHERE (p.page ->> 1)::int >= source_row
        ORDER BY p.number LIMIT 1
    ) AS page ON true
$$;
COMMENT ON FUNCTION watersmeet.place_of(jsonb, text, integer, integer) IS
    'The file and the cell, as people name them, of a source row and a 0-based position; facts as '
    'in watersmeet.delivery_table';

CREATE FUNCTION watersmeet.versions_of(
    entity text, id uuid, as_at date DEFAULT NULL, as_known timestamptz DEFAULT NULL
)
RETURNS TABLE (
    current boolean, feed_id smallint, delivery_id integer, row_number integer, role text,
    record_hash bigint, upheld_by integer, said_as_at date, known_from timestamptz,
    known_until timestamptz, current_until timestamptz, valid_during daterange, ended_by integer,
    ending text
)
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN QUERY EXECUTE format(
        $query$
        SELECT true, e.feed_id, e.delivery_id, e.row_number, e.role, e.record_hash, e.upheld_by,
            e.as_at, e.known_from, NULL::timestamptz, NULL::timestamptz, e.valid_during,
            NULL::integer, NULL::text
        FROM store.%1$I e
        WHERE e.%2$I = $1 AND ($2 IS NULL OR e.valid_during @> $2)
          AND ($3 IS NULL OR e.known_from <= $3)
        UNION ALL
        SELECT false, e.feed_id, e.delivery_id, e.row_number, e.role, e.record_hash, e.upheld_by,
            e.as_at, lower(e.known_during), upper(e.known_during), e.open_until,
            CASE WHEN $3 < e.open_until THEN e.stated_during ELSE e.valid_during END,
            e.ended_by, e.ending
        FROM history.%1$I e
        WHERE e.%2$I = $1 AND CASE
            WHEN $2 IS NULL AND $3 IS NULL THEN true
            WHEN $3 IS NULL THEN upper_inf(e.known_during) AND e.valid_during @> $2
            WHEN $2 IS NULL THEN e.known_during @> $3 AND coalesce($3 < e.open_until, false)
            ELSE e.known_during @> $3
                AND CASE WHEN $3 < e.open_until THEN e.stated_during ELSE e.valid_during END @> $2
        END
        $query$, entity, entity || '_id')
    USING id, as_at, as_known;
END
$$;
COMMENT ON FUNCTION watersmeet.versions_of(text, uuid, date, timestamptz) IS
    'Versions of a row: all; those that were so on a date, as known now; those that were current '
    'at a moment; or what was known at a moment of a date. The row''s own content is in store or '
    'history';

CREATE FUNCTION watersmeet.contract_columns_of(attributes jsonb, role text, "column" text)
RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    -- A companion (paid_on_precision) is its attribute's; the longest name counts.
    SELECT attributes -> (role || '.' || left("column", n))
    FROM generate_series(length("column"), 1, -1) AS n
    WHERE (n = length("column") OR substr("column", n + 1, 1) = '_')
      AND attributes ? (role || '.' || left("column", n))
    ORDER BY n DESC LIMIT 1
$$;
COMMENT ON FUNCTION watersmeet.contract_columns_of(jsonb, text, text) IS
    'The contract columns that lead to an entity''s column; attributes as in watersmeet.delivery';

CREATE FUNCTION watersmeet.explain(
    entity text,
    id uuid,
    "column" text DEFAULT NULL,
    as_at date DEFAULT NULL,
    as_known timestamptz DEFAULT NULL,
    of_feed text DEFAULT NULL
)
RETURNS TABLE (
    told_id uuid,
    feed text,
    current boolean,
    known_from timestamptz,
    known_until timestamptz,
    current_until timestamptz,
    valid_during daterange,
    ending text,
    ended_by integer,
    said_as_at date,
    role text,
    row_number integer,
    delivery_id integer,
    delivery text,
    landed_at timestamptz,
    loaded_at timestamptz,
    delivery_sha256 text,
    file text,
    sha256 text,
    landed_key text,
    sheet text,
    table_number smallint,
    header_row integer,
    source_row integer,
    contract_column text,
    header text,
    "position" integer,
    cell text,
    mapping jsonb,
    corrections jsonb,
    waivers jsonb,
    contract text,
    contract_version text,
    agreement text,
    code_version text,
    steps_version text,
    bundle_version text,
    run_id text,
    last_checked timestamptz,
    last_confirmed timestamptz,
    redirects jsonb,
    also_from jsonb
)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
    columns jsonb := (SELECT x.columns FROM watersmeet.entity x WHERE x.entity = explain.entity);
    led jsonb := watersmeet.redirects_of(explain.entity, explain.id);
    -- An identifier that was redirected may still have rows of its own; they come first.
    meant uuid := coalesce((
        SELECT way.id FROM (
            SELECT explain.id, 0::bigint
            UNION ALL
            SELECT (step ->> 'to')::uuid, n
            FROM jsonb_array_elements(led) WITH ORDINALITY AS l(step, n)
            WHERE step ->> 'kind' <> 'split'
        ) AS way (id, n)
        WHERE columns IS NOT NULL AND EXISTS (
            SELECT FROM watersmeet.versions_of(explain.entity, way.id, explain.as_at,
                explain.as_known))
        -- What a merge took from it is not held to have been its own any more.
        ORDER BY explain.as_known IS NULL AND EXISTS (
            SELECT FROM watersmeet.versions_of(explain.entity, way.id, explain.as_at) v
            WHERE v.known_until IS NULL) DESC, way.n LIMIT 1), explain.id);
BEGIN
    IF columns IS NULL THEN
        RAISE EXCEPTION 'there is no entity %; there are %', explain.entity,
            coalesce((SELECT string_agg(x.entity, ', ' ORDER BY x.entity)
                      FROM watersmeet.entity x), 'none yet')
            USING ERRCODE = 'no_data_found';
    END IF;
    IF explain."column" IS NOT NULL AND NOT EXISTS (
        SELECT FROM jsonb_array_elements(columns) c WHERE c ->> 'name' = explain."column"
    ) THEN
        RAISE EXCEPTION '% has no column %; it has %', explain.entity, explain."column",
            (SELECT string_agg(c ->> 'name', ', ' ORDER BY c ->> 'name')
             FROM jsonb_array_elements(columns) c)
            USING ERRCODE = 'no_data_found';
    END IF;
    RETURN QUERY
    WITH version AS MATERIALIZED (
        SELECT v.*, f.name AS told_feed, f.checked_at, row_number() OVER (
            ORDER BY v.current DESC, d.as_at DESC, d.landed_at DESC, d.sequence DESC,
                d.delivery_id DESC) AS place
        FROM watersmeet.versions_of(explain.entity, meant, explain.as_at, explain.as_known) v
        JOIN watersmeet.delivery d USING (delivery_id)
        JOIN watersmeet.feed f ON f.feed_id = v.feed_id
    ), chosen AS (
        SELECT * FROM version v WHERE explain.of_feed IS NULL OR v.told_feed = explain.of_feed
        ORDER BY v.place LIMIT 1
    ), placed AS (
        SELECT c.*, t.number AS table_number, t.file AS table_file, t.sheet, t.header_row, t.facts,
            c.row_number - t.first_number + 1 AS source_row, m.mapping,
            coalesce(m.mapping ->> 'name', m.names ->> 0) AS contract_column,
            (m.mapping ->> 'position')::integer AS "position"
        FROM chosen c
        JOIN watersmeet.delivery d USING (delivery_id)
        LEFT JOIN LATERAL (
            SELECT * FROM watersmeet.delivery_table x
            WHERE x.delivery_id = c.delivery_id AND x.first_number <= c.row_number
            ORDER BY x.first_number DESC LIMIT 1
        ) t ON true
        LEFT JOIN LATERAL (
            SELECT names, (
                SELECT y.mapping
                FROM jsonb_array_elements(t.mapping -> 'columns') WITH ORDINALITY y(mapping, n)
                WHERE names ? (y.mapping ->> 'name') ORDER BY y.n LIMIT 1
            ) AS mapping
            FROM watersmeet.contract_columns_of(d.attributes,
                explain.entity || CASE c.role WHEN '' THEN '' ELSE ':' || c.role END,
                explain."column") AS names
        ) m ON true
    )
    SELECT meant, p.told_feed, p.current, p.known_from, p.known_until, p.current_until, p.valid_during,
        p.ending, p.ended_by, p.said_as_at, p.role, p.row_number, p.delivery_id, d.name,
        d.landed_at, d.loaded_at, encode(d.sha256, 'hex'), at.named_file, encode(f.sha256, 'hex'),
        f.landed_key, p.sheet, p.table_number, p.header_row, p.source_row, p.contract_column,
        p.mapping ->> 'header', p."position", at.cell, p.mapping,
        watersmeet.corrections_of(p.delivery_id, p.row_number,
            CASE WHEN explain."column" IS NULL THEN NULL ELSE coalesce(p.contract_column, '') END),
        watersmeet.waivers_of(p.feed_id, p.record_hash),
        d.contract, d.contract_version, d.agreement, d.code_version, d.steps_version,
        d.bundle_version, d.run_id, p.checked_at,
        watersmeet.last_confirmed(p.current, meant, p.record_hash, p.upheld_by), led,
        coalesce((SELECT jsonb_agg(jsonb_build_object('feed', o.told_feed, 'as_at', o.said_as_at,
                'current', o.current, 'delivery_id', o.delivery_id) ORDER BY o.place)
            FROM (SELECT DISTINCT ON (v.told_feed) v.* FROM version v
                  WHERE v.told_feed <> p.told_feed ORDER BY v.told_feed, v.place) o), '[]')
    FROM placed p
    JOIN watersmeet.delivery d USING (delivery_id)
    CROSS JOIN LATERAL watersmeet.place_of(p.facts, p.table_file, p.source_row, p."position") at
    LEFT JOIN LATERAL (
        -- The only file may be named as its delivery is; a member is, after its archive.
        SELECT l.sha256, l.landed_key FROM watersmeet.delivery_file l
        WHERE l.delivery_id = p.delivery_id AND (
            l.name = at.named_file
            OR starts_with(at.named_file, l.name || '/')
            OR at.named_file IS NOT NULL AND NOT EXISTS (
                SELECT FROM watersmeet.delivery_file o
                WHERE o.delivery_id = l.delivery_id AND o.number <> l.number
            )
        )
    ) f ON true;
    IF NOT FOUND THEN
        RAISE EXCEPTION '%', watersmeet.nothing_of(explain.entity, meant, explain.as_at,
            explain.as_known, explain.of_feed) USING ERRCODE = 'no_data_found';
    END IF;
END
$$;
COMMENT ON FUNCTION watersmeet.explain(text, uuid, text, date, timestamptz, text) IS
    'Where a row, or one column of it, comes from: file, cell, header, mapping, rulings, versions of '
    'contract, agreement and code, run. as_at: the version that was so on that date; as_known: as '
    'the repository knew it at that moment; of_feed: as that feed says it. Of several feeds the '
    'latest is told, the others stand in also_from. It tells places, never a value';
