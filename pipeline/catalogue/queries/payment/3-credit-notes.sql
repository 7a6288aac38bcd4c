-- How much of each body's spend came back as credit notes
-- purpose: transparency
SELECT body, sum(amount) FILTER (WHERE amount > 0) AS paid,
    sum(amount) FILTER (WHERE amount < 0) AS credited,
    round(100 * -sum(amount) FILTER (WHERE amount < 0)
        / nullif(sum(amount) FILTER (WHERE amount > 0), 0), 2) AS per_cent
FROM payment
GROUP BY body
ORDER BY body;
