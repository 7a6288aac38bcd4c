-- What watersmeet.explain tells beside the place: rulings, redirects, and when it was last confirmed.

CREATE FUNCTION watersmeet.corrections_of(delivery_id integer, row_number integer, "column" text)
RETURNS jsonb LANGUAGE sql STABLE
AS $$
    -- Their texts are encrypted; the command line and the page open them.
    SELECT coalesce(jsonb_agg(jsonb_build_object('number', c.correction_id, 'column', c."column",
        'author', c.author, 'reason', c.reason, 'made_at', c.made_at) ORDER BY c.correction_id), '[]')
    FROM watersmeet.corrected_row r JOIN watersmeet.correction c USING (correction_id)
    WHERE r.delivery_id = corrections_of.delivery_id AND r.row_number = corrections_of.row_number
      AND (corrections_of."column" IS NULL OR c."column" = corrections_of."column")
$$;
COMMENT ON FUNCTION watersmeet.corrections_of(integer, integer, text) IS
    'Corrections applied to a row of a delivery, or to one contract column of it';

CREATE FUNCTION watersmeet.waivers_of(feed_id smallint, record_hash bigint)
RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('code', w.code, 'column', nullif(w."column", ''),
        'author', w.author, 'reason', w.reason, 'made_at', w.made_at) ORDER BY w.waiver_id), '[]')
    FROM watersmeet.waiver w
    WHERE w.feed_id = waivers_of.feed_id AND w.record_hash = waivers_of.record_hash
$$;
COMMENT ON FUNCTION watersmeet.waivers_of(smallint, bigint) IS
    'Issues a person waived for a record of a feed';

CREATE FUNCTION watersmeet.last_confirmed(
    current boolean, id uuid, record_hash bigint, upheld_by integer
)
RETURNS timestamptz LANGUAGE sql STABLE
AS $$
    -- A row that stands was in the newest delivery of its series, or that delivery would have ended
    -- it; unless its record is in quarantine, which takes the row's hash.
    SELECT CASE WHEN NOT last_confirmed.current OR u.replaces = 'nothing'
                  OR last_confirmed.record_hash = hashtextextended(last_confirmed.id::text, 0)
                THEN u.landed_at
                ELSE (SELECT n.landed_at FROM watersmeet.delivery n
                      WHERE n.feed_id = u.feed_id AND n.series = u.series AND n.state = 'loaded'
                      ORDER BY n.as_at DESC, n.landed_at DESC, n.sequence DESC LIMIT 1) END
    FROM watersmeet.delivery u WHERE u.delivery_id = last_confirmed.upheld_by
$$;
COMMENT ON FUNCTION watersmeet.last_confirmed(boolean, uuid, bigint, integer) IS
    'When the last delivery landed that says the same of a row';

CREATE FUNCTION watersmeet.nothing_of(
    entity text, id uuid, as_at date, as_known timestamptz, feed text
)
RETURNS text LANGUAGE sql STABLE
AS $$
    SELECT CASE
        WHEN nothing_of.feed IS NOT NULL
             AND NOT EXISTS (SELECT FROM watersmeet.feed f WHERE f.name = nothing_of.feed)
        THEN format('there is no feed %s', nothing_of.feed)
        WHEN NOT EXISTS (SELECT FROM watersmeet.versions_of(nothing_of.entity, nothing_of.id))
        THEN format('there is and was no %s with the identifier %s', nothing_of.entity,
            nothing_of.id)
        ELSE format('there was no %s %s', nothing_of.entity, nothing_of.id)
            || coalesce(' of ' || nothing_of.feed, '')
            || coalesce(' on ' || nothing_of.as_at, '')
            || coalesce(', as known at ' || nothing_of.as_known, '')
            || coalesce((SELECT format('; the repository knows it from %s on, as at %s',
                    to_char(min(v.known_from), 'YYYY-MM-DD HH24:MI:SS'), min(v.said_as_at))
                FROM watersmeet.versions_of(nothing_of.entity, nothing_of.id) v), '')
        END
$$;

CREATE FUNCTION watersmeet.redirects_of(entity text, id uuid) RETURNS jsonb
LANGUAGE sql STABLE
AS $$
    -- A split leads to several: its steps are told, and none is followed.
    WITH RECURSIVE led AS (
        SELECT r.*, 1 AS step, ARRAY[r.from_id] AS seen FROM watersmeet.redirect r
        WHERE r.entity = redirects_of.entity AND r.from_id = redirects_of.id
          AND r.withdrawn_at IS NULL
        UNION ALL
        SELECT r.*, l.step + 1, l.seen || r.from_id FROM led l JOIN watersmeet.redirect r
          ON r.entity = l.entity AND r.from_id = l.to_id AND r.withdrawn_at IS NULL
        WHERE l.kind <> 'split' AND r.to_id <> ALL (l.seen)
    )
    SELECT coalesce(jsonb_agg(jsonb_build_object('from', l.from_id, 'to', l.to_id, 'kind', l.kind,
        'since', l.since, 'reason', l.reason, 'author', l.author) ORDER BY l.step, l.redirect_id),
        '[]') FROM led l
$$;
COMMENT ON FUNCTION watersmeet.redirects_of(text, uuid) IS
    'The redirects an identifier is led along, first to last: from, to, kind, since, reason, author';
