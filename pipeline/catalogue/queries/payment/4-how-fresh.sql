-- How fresh each body's payments are, and how good
-- purpose: transparency
SELECT p.feed, max(p.paid_on) AS last_payment, max(p.delivered_at)::date AS delivered,
    max(p.last_checked_at)::date AS last_checked, min(k.name) AS kitemark
FROM payment p
LEFT JOIN kitemark k ON k.feed = p.feed
GROUP BY p.feed
ORDER BY p.feed;
