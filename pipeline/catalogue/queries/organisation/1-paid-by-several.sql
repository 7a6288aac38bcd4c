-- Organisations that more than one body pays, with the names they go by
-- purpose: transparency
SELECT organisation_id, count(DISTINCT supplied_by) AS bodies,
    array_agg(DISTINCT name ORDER BY name) AS written
FROM organisation
GROUP BY organisation_id
HAVING count(DISTINCT supplied_by) > 1
ORDER BY bodies DESC, organisation_id
LIMIT 20;
