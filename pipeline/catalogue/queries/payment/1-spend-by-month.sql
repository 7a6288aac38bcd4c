-- Spend by body and month
-- purpose: transparency
-- Where the source gives only a month, paid_on is its first day and paid_on_precision is month.
SELECT body, date_trunc('month', paid_on)::date AS month, count(*) AS payments,
    sum(amount) AS pounds
FROM payment
GROUP BY body, month
ORDER BY body, month;
