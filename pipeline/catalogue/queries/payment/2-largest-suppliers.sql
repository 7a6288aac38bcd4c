-- Who was paid most, by every body together
-- purpose: transparency
-- Join on feed as well: a supplier has one row for each feed that speaks of it.
SELECT min(o.name) AS supplier, count(*) AS payments, sum(p.amount) AS pounds,
    count(DISTINCT p.supplied_by) AS bodies
FROM payment p
JOIN organisation o ON o.organisation_id = p.supplier_id AND o.feed = p.feed
GROUP BY p.supplier_id
ORDER BY pounds DESC
LIMIT 20;
